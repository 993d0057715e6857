"""Contacts: their stages and data."""
