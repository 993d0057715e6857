"""The agents' PINs."""
