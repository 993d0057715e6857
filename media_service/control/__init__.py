"""The door through which a CTI server drives a media service."""
