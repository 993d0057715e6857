"""Agents: their status, work state and idle clock."""
