from media_service.control.messages import Port
from media_service.ports import PortTable


def test_each_change_is_told_once() -> None:
    told: list[Port] = []
    table = PortTable(["7001", "7002"], told.append)
    assert table.registered("7001", registered=True)
    assert not table.registered("7001", registered=True)
    table.taken("7001", "s")
    table.freed("7001", "another")
    table.freed("7001", "s")
    assert table.registered("7001", registered=False)
    assert told == [
        Port("7001", registered=True),
        Port("7001", registered=True, session="s"),
        Port("7001", registered=True),
        Port("7001", registered=False),
    ]
    assert table.all() == (Port("7001", registered=False), Port("7002", registered=False))
    assert table.get("7003") is None


def test_losing_the_registration_keeps_the_session() -> None:
    table = PortTable(["7001"], lambda _: None)
    table.taken("7001", "s")
    table.registered("7001", registered=True)
    assert table.get("7001") == Port("7001", registered=True, session="s")
