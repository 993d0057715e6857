"""The CTI server: routes contacts to agents."""
