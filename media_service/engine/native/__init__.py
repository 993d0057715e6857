"""The native packet core (C, optional) and the engine that stands on it."""
