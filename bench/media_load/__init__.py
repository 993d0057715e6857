"""What loads the media service in its benchmark: callers in C, and an application at the control door."""
