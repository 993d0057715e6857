"""Wrong PINs in a row lock an agent out for a while."""

from cti_server.connectors.pins.lockout import MOST_NAMES, LockOut


def test_after_so_many_wrong_ones_none_is_looked_at() -> None:
    lock_out = LockOut(attempts=3, seconds=60)
    assert [lock_out.begin("anna", 0) for _ in range(4)] == [True, True, True, False]
    assert lock_out.begin("ben", 0)
    assert lock_out.locked("anna", 59.9)
    assert not lock_out.begin("anna", 59.9)
    assert [lock_out.begin("anna", 60) for _ in range(4)] == [True, True, True, False]


def test_a_right_one_clears_the_account() -> None:
    lock_out = LockOut(attempts=2, seconds=60)
    assert lock_out.begin("anna", 0)
    assert lock_out.begin("anna", 0)
    lock_out.right("anna")
    assert not lock_out.locked("anna", 0)
    assert lock_out.begin("anna", 0)


def test_names_are_bounded() -> None:
    lock_out = LockOut(attempts=1, seconds=60)
    for number in range(MOST_NAMES + 5):
        lock_out.begin(str(number), 0)
    assert not lock_out.locked("0", 1)
    assert lock_out.locked(str(MOST_NAMES + 4), 1)
