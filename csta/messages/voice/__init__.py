"""Media services: how they are attached to calls, and voice units with messages, prompts and recognition."""
