"""Verbs on a call: play, ask for a digit, hold music."""
