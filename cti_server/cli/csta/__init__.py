"""The group ``callwright csta``: look at CSTA links, play captures back, try a PBX, share a link."""
