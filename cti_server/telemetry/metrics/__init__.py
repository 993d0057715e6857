"""The figures of the running server, for Prometheus."""
