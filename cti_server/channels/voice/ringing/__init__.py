"""How agents' phones are rung for a contact: one after the other, or all at once by calls of media ports."""
