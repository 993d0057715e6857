"""Simulation: a day of contacts through the very same engine, in virtual time, and what theory says of it."""
