"""Packet engines: they move RTP."""
