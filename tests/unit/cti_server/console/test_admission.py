"""Who gets in: roles, limits, and the growing pause after failed tries, over all doors together."""

from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from cti_server.console.doors import admission as rules
from cti_server.console.doors.admission import Admission, Lockouts
from cti_server.console.doors.keys import KeyFileError, authorized, host_key
from cti_server.console.rights import ROLE_RIGHTS, Actor, Right, Role
from cti_server.console.users import Users, UsersError
from cti_server.settings.supervision.console import RightName, RoleName
from cti_server.vocabulary.events import OperationNoted
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.unit.cti_server.console.test_console import FakeOperations

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PASSWORD = "correct horse"
AWAY = "192.0.2.7"


class Door:
    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock = VirtualClock()
        self.operations = FakeOperations(self.clock)
        self.users = Users(folder / "users", QUICK)
        self.users.add("anna", PASSWORD, [Role.SUPERVISOR, Role.MANAGER])
        self.users.add("ben", PASSWORD)
        self.users.add("kim", None, [Role.SUPERVISOR])
        self.admission = Admission(
            users=self.users, operations=self.operations, worker=InlineWorker(), clock=self.clock, **settings
        )

    def try_(self, user: str, password: str, peer: str = AWAY, door: str = "ssh") -> Actor | None:
        found: list[Actor | None] = []
        self.admission.by_password(user, password, door=door, peer=peer).addCallback(found.append)
        return found[0]

    def key(self, user: str, peer: str = AWAY, *, known: bool = True) -> Actor | None:
        found: list[Actor | None] = []
        self.admission.by_key(user, known=lambda: known, door="ssh", peer=peer).addCallback(found.append)
        return found[0]

    def outcomes(self) -> list[str]:
        return [row.event.outcome for row in self.operations.rows if isinstance(row.event, OperationNoted)]


def test_a_user_has_the_rights_of_all_their_roles(tmp_path: Path) -> None:
    anna = Door(tmp_path).try_("anna", PASSWORD)
    assert anna is not None
    assert anna.rights == {Right.WATCH, Right.WORK, Right.REPORT}
    assert (anna.user, anna.door, anna.peer) == ("anna", "ssh", AWAY)


def test_the_configuration_gives_roles_other_rights_and_users_limits(tmp_path: Path) -> None:
    door = Door(tmp_path, roles=[("supervisor", ["watch"])], queues={"anna": ("sales",)})
    anna = door.try_("anna", PASSWORD)
    assert anna is not None
    assert anna.rights == {Right.WATCH, Right.REPORT}
    assert anna.sees("sales")
    assert not anna.sees("service")
    assert not anna.sees(None)


def test_a_line_without_roles_is_of_a_former_release_and_may_everything(tmp_path: Path) -> None:
    door = Door(tmp_path)
    (tmp_path / "users").write_text(f"old:{QUICK.hash(PASSWORD)}\n")
    old = door.try_("old", PASSWORD)
    assert old is not None
    assert old.rights == ROLE_RIGHTS[Role.MASTER_ADMINISTRATOR]


def test_whoever_fails_too_often_waits_longer_each_time_at_every_door(tmp_path: Path) -> None:
    door = Door(tmp_path)
    for _ in range(rules.FREE_TRIES):
        assert door.try_("anna", "wrong wrong", door="telnet") is None
    assert door.try_("anna", PASSWORD) is None
    assert door.outcomes()[-1] == "locked-out"
    assert [one.kind for one in door.admission.lockouts.standing(door.clock.now())] == ["address", "user"]
    door.clock.advance(rules.FIRST_PAUSE * 2 + 1)
    assert door.try_("anna", PASSWORD) is not None
    assert door.admission.lockouts.standing(door.clock.now()) == []


def test_a_log_in_forgets_what_was_failed_before_it(tmp_path: Path) -> None:
    door = Door(tmp_path)
    for _ in range(2):
        for _ in range(rules.FREE_TRIES - 1):
            assert door.try_("anna", "wrong wrong") is None
        assert door.try_("anna", PASSWORD) is not None


def test_a_stranger_cannot_keep_a_user_out_for_long_nor_their_key_at_all(tmp_path: Path) -> None:
    door = Door(tmp_path)
    for _ in range(50):
        door.try_("anna", "wrong wrong")
    assert door.key("anna", "192.0.2.8") is not None
    for _ in range(50):
        door.try_("ben", "wrong wrong", "192.0.2.9")
    door.clock.advance(rules.LONGEST_USER_PAUSE + 1)
    assert door.try_("ben", PASSWORD, "192.0.2.10") is not None
    assert door.try_("ben", PASSWORD, "192.0.2.9") is None


def test_this_machine_is_not_locked_out_as_an_address(tmp_path: Path) -> None:
    door = Door(tmp_path)
    for _ in range(20):
        door.try_("anna", "wrong wrong", "127.0.0.1")
    assert door.try_("ben", PASSWORD, "127.0.0.1") is not None
    assert door.try_("anna", PASSWORD, AWAY) is not None
    door.clock.advance(rules.LONGEST_PAUSE_HERE + 0.1)
    assert door.try_("anna", PASSWORD, "127.0.0.1") is not None


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "192.0.2.99"])
def test_strangers_cannot_lock_everybody_out(tmp_path: Path, peer: str) -> None:
    door = Door(tmp_path)
    assert door.try_("anna", PASSWORD, peer) is not None
    for number in range(200):
        for user in ("anna", "ben"):
            door.try_(user, "wrong wrong", f"198.51.100.{number}")
    assert door.try_("anna", PASSWORD, peer) is not None
    for _ in range(20):
        door.try_("anna", "wrong wrong", peer)
    assert door.try_("anna", PASSWORD, peer) is None


def test_known_addresses_have_an_end() -> None:
    lockouts = Lockouts()
    for number in range(rules.MOST_KNOWN + 50):
        lockouts.succeeded("anna", f"peer{number}")
    assert len(lockouts._known) == rules.MOST_KNOWN


def test_a_key_that_is_not_theirs_counts_as_a_failed_try(tmp_path: Path) -> None:
    door = Door(tmp_path)
    assert door.key("anna", known=False) is None
    assert door.key("nobody") is None
    assert door.outcomes() == ["wrong-password-or-key"] * 2


def test_who_has_no_password_comes_in_by_a_key_alone(tmp_path: Path) -> None:
    door = Door(tmp_path)
    assert door.try_("kim", "!") is None
    kim = door.key("kim")
    assert kim is not None
    assert kim.roles == (Role.SUPERVISOR,)


def test_what_is_remembered_has_an_end() -> None:
    lockouts = Lockouts()
    for number in range(rules.MOST_REMEMBERED + 50):
        lockouts.failed(f"user{number}", "127.0.0.1", 1000.0 + number)
    assert len(lockouts._tries) <= rules.MOST_REMEMBERED + 1


def test_a_wrong_role_in_the_users_file_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("anna:!:king\n")
    with pytest.raises(UsersError, match=r"users:1: .*king.*supervisor"):
        Users(tmp_path / "users", QUICK).accounts()


def test_roles_are_kept_with_a_new_password(tmp_path: Path) -> None:
    users = Users(tmp_path / "users", QUICK)
    users.add("anna", PASSWORD, [Role.MANAGER])
    assert not users.add("anna", "another password")
    account = users.check("anna", "another password")
    assert account is not None
    assert account.roles == (Role.MANAGER,)


def test_the_settings_know_the_rights_and_roles_that_there_are() -> None:
    assert set(RoleName.__args__) == set(Role)  # type: ignore[attr-defined]  # of a Literal
    assert set(RightName.__args__) == set(Right)  # type: ignore[attr-defined]  # of a Literal


def test_the_host_key_is_made_once_and_must_be_a_secret(tmp_path: Path) -> None:
    made = host_key(tmp_path / "deep" / "key")
    assert made.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert host_key(tmp_path / "deep" / "key") == made
    assert (tmp_path / "deep" / "key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "deep" / "key").chmod(0o644)
    with pytest.raises(KeyFileError, match="can be read by others"):
        host_key(tmp_path / "deep" / "key")


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("ssh-ed25519 QUJD anna@desk", True),
        ("  ssh-ed25519 QUJD", True),
        ("ssh-ed25519 QUJE", False),
        ('command="ls" ssh-ed25519 QUJD', False),
        ("# ssh-ed25519 QUJD", False),
        ("ssh-ed25519 not*base64", False),
        ("ssh-ed25519", False),
    ],
)
def test_authorized_keys_are_those_without_conditions(tmp_path: Path, line: str, good: bool) -> None:
    (tmp_path / "anna").write_text(f"{line}\n")
    assert authorized(tmp_path, "anna", b"ABC") is good


@pytest.mark.parametrize("user", ["../anna", "", "Anna", "nobody", "a/b"])
def test_nobody_else_has_keys(tmp_path: Path, user: str) -> None:
    (tmp_path / "anna").write_text("ssh-ed25519 QUJD\n")
    assert not authorized(tmp_path, user, b"ABC")


class Counting(PasswordHasher):
    """Counts what it hashes."""

    hashed = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.hashed += 1
        return super().hash(password, salt=salt)


@pytest.mark.parametrize("user", ["anna", "nobody"])
def test_a_start_hashes_nothing_and_the_first_check_takes_as_long_for_whoever_comes(tmp_path: Path, user: str) -> None:
    Users(tmp_path / "users", QUICK).add("anna", "correct horse")
    counting = Counting(time_cost=1, memory_cost=8, parallelism=1)
    users = Users(tmp_path / "users", counting)
    hashed = [counting.hashed]
    for _ in range(2):
        assert users.verify(user, "correct horse") is (user == "anna")
        hashed.append(counting.hashed)
    assert hashed == [0, 1, 1]
