"""What is particular to each PBX: data first, then at most two rewrites."""

from csta.dialects.dialect import Capabilities, Dialect, Framing, Limits, Login

__all__ = ["Capabilities", "Dialect", "Framing", "Limits", "Login"]
