"""What the user agent is made of: the table of its legs, and the requests that come in."""
