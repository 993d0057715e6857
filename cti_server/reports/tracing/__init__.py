"""A contact's whole way on one time line: what the journal, the black box and the media service know of it."""
