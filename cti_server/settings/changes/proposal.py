"""A proposal: a change of the running system, as it is shown before it is made, with a digest that stands for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cti_server.engine.state import State
from cti_server.settings.changes.server_difference import SettingChange
from cti_server.settings.changes.touched import Touch, touched
from cti_server.settings.difference import plan_difference
from cti_server.settings.plan import digest
from cti_server.vocabulary.plan import SitePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would change, and whom that touches; ``running`` and ``files`` are versions of plans.

    ``undone`` says that the plan in force was brought back by an undo: bringing the files into force ends that.
    """

    running: str
    files: str
    changes: Sequence[str]
    touched: Sequence[Touch] = ()
    settings: Sequence[SettingChange] = ()
    undone: bool = False

    @property
    def empty(self) -> bool:
        """Whether it would change nothing that can be changed without a restart."""
        return self.running == self.files and not any(one.live for one in self.settings)

    @property
    def same(self) -> bool:
        """Whether the files say what runs, to the last setting."""
        return self.running == self.files and not self.settings

    @property
    def digest(self) -> str:
        """Stands for exactly this change of exactly this plan: who was shown it agrees to nothing else."""
        return digest([self.running, self.files, *(str(one) for one in self.settings)])

    def text(self) -> str:
        """All of it as a person reads it."""
        if self.same:
            return "nothing to change: what runs is what the files say"
        parts = [*self.changes] or ["the plan stays as it is"]
        if self.settings:
            parts += ["", *(str(one) for one in self.settings)]
        if self.touched:
            parts += ["", "Touched now:", *(f"  {'!' if one.warning else '-'} {one.text}" for one in self.touched)]
        if self.undone and self.running != self.files:
            parts += ["", "The plan in force was brought back by an undo; it stands until the files are applied."]
        return "\n".join([*parts, "", f"digest {self.digest}"])

    def facts(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "same": self.same,
            "empty": self.empty,
            "running": self.running,
            "files": self.files,
            "digest": self.digest,
            "undone": self.undone,
            "changes": list(self.changes),
            "settings": [
                {"path": one.path, "before": one.before, "after": one.after, "restart": not one.live}
                for one in self.settings
            ],
            "touched": [
                {"kind": one.kind, "name": one.name, "text": one.text, "warning": one.warning, **one.facts}
                for one in self.touched
            ],
        }


def propose(state: State, new: SitePlan, now: float, settings: Sequence[SettingChange] = ()) -> Proposal:
    """What bringing ``new`` into force would change of the running system at ``now`` (Unix seconds)."""
    same = state.plan.version == new.version
    return Proposal(
        running=state.plan.version,
        files=new.version,
        changes=() if same else plan_difference(state.plan, new) or ("the plan is written in another way",),
        touched=() if same else touched(state, new, now),
        settings=tuple(settings),
        undone=state.undone,
    )
