"""Look-ups in the site's databases."""
