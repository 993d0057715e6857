"""The typed model of the config files, their loading and cross-checks."""
