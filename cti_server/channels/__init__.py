"""One folder per channel: from the outside to commands, from effects to the outside."""
