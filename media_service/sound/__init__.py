"""The sound of one call: what it hears, what it is listened to for, and what of it is recorded."""
