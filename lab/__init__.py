"""A PBX in a box with phones and callers, for the demo, tests and integrators; never for production."""
