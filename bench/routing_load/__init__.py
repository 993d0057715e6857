"""End to end: SIP callers and agents through the lab PBX, the CTI server and the media service, all of them real."""
