"""The fold of events into the state, one module per part of a contact's life."""
