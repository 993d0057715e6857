"""What is particular to each PBX: data first, then at most two rewrites."""

from csta.dialects.dialect import Capabilities, Dialect, Encoding, Framing, Limits, Login, Profile

__all__ = ["Capabilities", "Dialect", "Encoding", "Framing", "Limits", "Login", "Profile"]
