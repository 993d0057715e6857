"""Components that queue a contact, or change what it waits for."""
