"""Which agent gets which contact."""
