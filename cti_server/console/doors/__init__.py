"""The console's doors: telnet, SSH, and the local one for commands from the shell."""
