"""Components that decide which way a contact goes, without a sound."""
