"""The voice channel: CSTA links and media services."""
