"""Agents between engine and PBX: their states, and the echoes of our own wishes."""
