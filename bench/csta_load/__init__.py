"""What `bench/csta.py` measures with: calls as a switch reports them, single messages, a link between two processes."""
