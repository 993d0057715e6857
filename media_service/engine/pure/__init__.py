"""The packet engine in plain Python, its packets moved by a child process of its own."""
