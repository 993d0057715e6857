"""CSTA services asked of the switch: each is done and answered, or refused with category and value (ECMA-269)."""

from lab.switch.services.answers import NOT_SUPPORTED, Answer, Deed, Outcome
from lab.switch.services.door import Services

__all__ = ["NOT_SUPPORTED", "Answer", "Deed", "Outcome", "Services"]
