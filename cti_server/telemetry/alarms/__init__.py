"""Alarms: when something is wrong enough that somebody must know, and what is to be done then; pure."""
