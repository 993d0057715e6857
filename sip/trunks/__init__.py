"""The servers that calls go through: whether they can be reached, and what they say of a call."""
