"""Test phones: what they are, their calls, and the phone itself."""

from lab.phone.habits import Account, Habits, PhoneError, PhoneState
from lab.phone.phone import Phone, Watcher
from lab.phone.talk import Talk, TalkStep

__all__ = ["Account", "Habits", "Phone", "PhoneError", "PhoneState", "Talk", "TalkStep", "Watcher"]
