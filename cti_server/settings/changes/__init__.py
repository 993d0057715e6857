"""Changes: what the files would change of the running system, whom that touches now, and what needs a restart."""
