"""From names and numbers to sequences of audio files."""
