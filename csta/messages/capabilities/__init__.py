"""Capability exchange: what a switch and its devices can do, down to single parameters."""
