"""Decides anew what the journal says was decided, with the same code, and compares."""
