"""What integrators may read: versioned views over our own tables, and the feed of changes. The tables stay ours."""
