"""Components that ask a database or a web service."""
