"""What each program of the house does the same way: its reactor, its log, its time, and a run from start to stop."""
