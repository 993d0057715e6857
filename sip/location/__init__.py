"""Where a SIP address is reached: NAPTR, SRV and address records in the order of RFC 3263, what failed last."""
