"""Oversight of the running server: endpoints, figures and alarms, put together."""
