"""Session descriptions without I/O: their values, how they are read and written, and offer and answer."""
