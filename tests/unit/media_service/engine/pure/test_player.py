import struct

from media_service.engine.encodings import CODINGS
from media_service.engine.interface import Encoding
from media_service.engine.pure.clip import Clip
from media_service.engine.pure.player import Player

PCMU, PCMA = CODINGS[Encoding.PCMU], CODINGS[Encoding.PCMA]


def clip(first: int, samples: int) -> Clip:
    return Clip(b"".join(struct.pack("<h", 64 * ((first + moment) % 400)) for moment in range(samples)))


def player(*clips: Clip, loop: bool = False, start: float = 0.0) -> Player:
    made = Player("token", loop, start)
    made.load(list(clips))
    return made


def all_frames(playing: Player) -> bytes:
    heard = b""
    while not playing.over:
        frame = playing.frame(PCMU)
        assert len(frame) == 160
        heard += frame
    return heard


def test_clips_follow_each_other_without_a_gap() -> None:
    heard = all_frames(player(clip(0, 250), clip(250, 30), clip(280, 201)))
    assert heard[:481] == clip(0, 481).octets(PCMU, 0, 481)
    assert heard[481:] == PCMU.silent_frame[:1] * (640 - 481)


def test_a_loop_has_no_seam() -> None:
    playing = player(clip(0, 100), clip(100, 25), loop=True)
    heard = b"".join(playing.frame(PCMU) for _ in range(10))
    assert not playing.over
    assert heard == (clip(0, 125).octets(PCMU, 0, 125) * 13)[:1600]


def test_a_clip_of_whole_frames_ends_with_its_last_one() -> None:
    playing = player(clip(0, 320))
    playing.frame(PCMU)
    assert not playing.over
    playing.frame(PCMU)
    assert playing.over


def test_the_encoding_may_change_on_the_way() -> None:
    sound, playing = clip(0, 480), player(clip(0, 480))
    assert playing.frame(PCMU) == sound.octets(PCMU, 0, 160)
    assert playing.frame(PCMA) == sound.octets(PCMA, 160, 320)


def test_empty_clips_are_left_out_also_of_a_loop() -> None:
    assert not player(clip(0, 0), clip(0, 0), loop=True).loaded
    assert len(all_frames(player(clip(0, 0), clip(0, 160)))) == 160


def test_long_clips_are_encoded_as_they_are_played() -> None:
    sound = clip(0, 40_000)
    assert sound.octets(PCMU, 39_990, 40_100) == clip(39_990, 10).octets(PCMU, 0, 10)


def test_a_list_begins_and_ends_where_it_is_told() -> None:
    playing = player(clip(0, 800), clip(800, 800), start=0.11)
    assert playing.position == 0.11
    assert playing.frame(PCMU) == clip(0, 1600).octets(PCMU, 880, 1040)
    assert playing.position == 0.13
    all_frames(playing)
    assert playing.position == 0.2


def test_a_start_beyond_the_end_wraps_round_in_a_loop_and_else_is_the_end() -> None:
    assert player(clip(0, 800), start=0.1).over
    looped = player(clip(0, 800), clip(800, 800), loop=True, start=0.51)
    assert looped.frame(PCMU) == clip(0, 1600).octets(PCMU, 880, 1040)
    for _ in range(5):
        looped.frame(PCMU)
    assert abs(looped.position - 0.03) < 1e-9
