"""Call legs: how they begin on either side, and what happens within the call."""
