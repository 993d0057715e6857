"""Backups: one file with everything that is kept, and the way back from it."""
