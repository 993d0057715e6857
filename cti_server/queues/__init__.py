"""Queues: who waits, and in which order."""
