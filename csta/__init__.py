"""CSTA phase III (ECMA-269) without I/O: messages, codecs, sessions of both roles, a mirror of the calls."""
