"""Addresses as sockets tell them, in the spelling that endpoints have."""

import ipaddress


def plain_address(host: str) -> str:
    """Return an address without the dress of IPv4 in IPv6 (``::ffff:192.0.2.1``), otherwise as it is."""
    if not host.lower().startswith("::ffff:"):
        return host
    mapped = ipaddress.IPv6Address(host).ipv4_mapped
    return str(mapped) if mapped is not None else host
