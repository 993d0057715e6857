"""Components that let the caller hear something and go on."""
