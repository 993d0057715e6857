"""Identifiers, values, commands, events, effects and refusals: the words all rooms share."""
