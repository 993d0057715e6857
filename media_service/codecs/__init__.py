"""Audio encodings."""
