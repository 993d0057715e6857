"""Requests, responses and events, one module per chapter of ECMA-269."""
