"""Coverage-guided fuzzing of everything in csta that reads bytes from outside; see `docs/development.md`."""
