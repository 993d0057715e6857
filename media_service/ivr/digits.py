"""Digits typed ahead of the question that they answer."""

from typing import Final

MAX_DIGITS: Final = 32


class TypeAhead:
    """Keeps what was pressed since the session's last verb began, and was not yet taken."""

    def __init__(self) -> None:
        self._digits = ""

    def press(self, digit: str) -> None:
        """Take a digit that nothing waits for; beyond `MAX_DIGITS` it is dropped."""
        if len(self._digits) < MAX_DIGITS:
            self._digits += digit

    def take(self) -> str:
        """Give the oldest digit, which is then no longer kept; empty where there is none."""
        first, self._digits = self._digits[:1], self._digits[1:]
        return first

    def forget(self) -> None:
        """A verb begins that asks for nothing, or has its digit: what was pressed before it counts no more."""
        self._digits = ""
