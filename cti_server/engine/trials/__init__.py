"""Trials: another version of a flow takes a share of the contacts, and is stopped by a guard where it does worse."""
