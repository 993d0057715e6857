"""The demo: three programs started from one terminal, three callers, and a system that stays up to be called."""
