"""Telephones of other hands, led by a test step by step."""
