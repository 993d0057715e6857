"""Components that send a contact away: elsewhere, or home."""
