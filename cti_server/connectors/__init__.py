"""Connectors: what flows ask of the site's databases, web services, mail server and PINs."""
