"""The journal's events as structured log lines."""
