"""Flow files: steps by whatever components there are, and what is checked of them before a caller meets them."""
