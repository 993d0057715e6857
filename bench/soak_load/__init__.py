"""What the proofs of endurance are made of: a world outside that has the truth, and servers that are killed in it."""
