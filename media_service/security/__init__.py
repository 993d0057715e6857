"""Protected media: keys by SDES or DTLS, and ICE for browsers; bytes in, bytes out, no clock of its own."""
