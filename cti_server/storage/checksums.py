"""Check sums of journal rows, each over its row and the sum of the row before, so that a changed or lost row shows.

The way of summing never changes: another one would be another column. BLAKE2b (RFC 7693), eight bytes of it.
"""

import struct
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

NOTHING = 0
"""The sum before the first row."""

_HEAD = struct.Struct(">qqdqBqqII")
_CONTACT, _AGENT, _CAUSE = 1, 2, 4


def row_sum(previous: int, row: Mapping[Any, Any]) -> int:
    """Sum a journal row's columns and the sum of the row before it, to a signed number of 64 bits.

    Which of contact, agent and cause are NULL, and how long kind and agent are, is summed as well: no two different
    rows are the same bytes.
    """
    contact, agent, cause = row["contact"], row["agent"], row["cause_seq"]
    given = (contact is not None) * _CONTACT | (agent is not None) * _AGENT | (cause is not None) * _CAUSE
    kind, name = row["kind"].encode(), (agent or "").encode("utf-8", "surrogatepass")
    head = _HEAD.pack(
        previous, row["seq"], row["at"], row["version"], given, contact or 0, cause or 0, len(kind), len(name)
    )
    return _short(head, kind, name, row["body"].encode())


def body_sum(seq: int, body: bytes) -> int:
    """Sum a snapshot: the row at which it stands, and its bytes."""
    return _short(struct.pack(">q", seq), body)


def _short(*parts: bytes) -> int:
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(part)
    return int.from_bytes(digest.digest(), "big", signed=True)
