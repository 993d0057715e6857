"""Tables for reports, folded from the journal and rebuildable from it."""
