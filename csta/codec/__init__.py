"""One schema table that drives the encodings, and the framings that carry them."""
