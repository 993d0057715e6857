"""Look-ups in the site's web services."""
