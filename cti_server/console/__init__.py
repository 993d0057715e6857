"""The telnet console for admins."""
