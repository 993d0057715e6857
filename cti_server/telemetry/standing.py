"""How the server and its parts stand: what monitors ask, and what people are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the server; ``needed``: without it the server is not ready for calls."""

    name: str
    good: bool
    text: str
    needed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The whole: ``role`` is active, standby or starting; the server is ready if it is active and lacks nothing."""

    role: str
    parts: tuple[Part, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether calls are routed."""
        return self.role == "active" and all(part.good for part in self.parts if part.needed)

    def facts(self, *, parts: bool = True) -> Mapping[str, Any]:
        """As JSON values; without ``parts`` only the whole."""
        whole: dict[str, Any] = {"ready": self.ready, "role": self.role}
        if parts:
            whole["parts"] = [
                {"name": one.name, "ok": one.good, "needed": one.needed, "detail": one.text} for one in self.parts
            ]
        return whole
