"""A session at a terminal: line editing and history, paging, live events and tables that refresh in place."""
