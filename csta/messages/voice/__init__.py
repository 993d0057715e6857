"""Services and events of voice units: messages, prompts, recognition."""
