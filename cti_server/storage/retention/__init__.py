"""Retention: where the journal begins once its oldest rows were removed, and how they are removed."""
