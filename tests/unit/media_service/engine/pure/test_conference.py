import struct

from media_service.engine.interface import Role
from media_service.engine.pure.conference import Room


def frame(value: int) -> bytes:
    return struct.pack("<160h", *[value] * 160)


def value(heard: bytes | None) -> int | None:
    return None if heard is None else struct.unpack_from("<h", heard)[0]


def room_of(*roles: Role) -> Room:
    """Members 0, 1, …; each says 1, 10, 100, …; whisperers talk to 0."""
    room = Room()
    for number, role in enumerate(roles):
        room.join(number, role, 0 if role is Role.WHISPERER else None)
        room.say(number, frame(10**number))
    return room


def heard(room: Room, members: int) -> list[int | None]:
    return [value(room.hears(number)) for number in range(members)]


def test_each_hears_the_sum_of_the_others() -> None:
    assert heard(room_of(*[Role.SPEAKER] * 4), 4) == [1110, 1101, 1011, 111]


def test_the_latest_frame_counts_and_silence_is_none() -> None:
    room = room_of(Role.SPEAKER, Role.SPEAKER)
    for amount in (5, 7, 9):
        room.say(1, frame(amount))
    assert value(room.hears(0)) == 9
    room.say(1, None)
    assert room.hears(0) is None
    room.say(0, None)
    assert heard(room, 2) == [None, None]


def test_listeners_and_whisperers() -> None:
    room = room_of(Role.SPEAKER, Role.SPEAKER, Role.LISTENER, Role.WHISPERER)
    assert heard(room, 4) == [1010, 1, 11, 11]


def test_a_whisper_is_heard_where_nobody_else_speaks() -> None:
    room = room_of(Role.SPEAKER, Role.WHISPERER)
    assert heard(room, 2) == [10, 1]
    room.say(0, None)
    assert heard(room, 2) == [10, None]


def test_roles_change_and_who_leaves_leaves_nothing() -> None:
    room = room_of(Role.SPEAKER, Role.SPEAKER, Role.SPEAKER)
    room.join(1, Role.LISTENER, None)
    room.say(1, frame(10))
    assert heard(room, 3) == [100, 101, 1]
    room.leave(2)
    room.leave(2)
    assert len(room) == 2
    assert heard(room, 2) == [None, 1]


def test_what_is_too_loud_is_cut_off_last() -> None:
    room = Room()
    for number, amount in enumerate((30000, 30000, -30000)):
        room.join(number, Role.SPEAKER, None)
        room.say(number, frame(amount))
    assert heard(room, 3) == [0, 0, 32767]
