"""Tables that people read, from the reports database."""
