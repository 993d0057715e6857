"""Components that ask the caller: menu, digits, speech, a message."""
