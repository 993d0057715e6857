"""Composition and the one loop."""
