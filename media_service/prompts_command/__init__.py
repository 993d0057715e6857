"""The command ``callwright prompts``: for admins who look after what callers hear."""
