"""SIP, SDP and RTP formats without I/O."""
