"""The servers that calls go through: whether they can be reached."""
