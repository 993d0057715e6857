"""The room of tracing: how much is written down, and what can be told of a contact from it."""
