import struct

from media_service.engine.clips import Clip
from media_service.engine.encodings import A_LAW, MU_LAW
from media_service.engine.pure.player import Player


def clip(first: int, samples: int) -> Clip:
    return Clip(b"".join(struct.pack("<h", 64 * ((first + moment) % 400)) for moment in range(samples)))


def player(*clips: Clip, loop: bool = False) -> Player:
    made = Player("token", loop)
    made.load(list(clips))
    return made


def all_frames(playing: Player) -> bytes:
    heard = b""
    while not playing.over:
        frame = playing.frame(MU_LAW)
        assert len(frame) == 160
        heard += frame
    return heard


def test_clips_follow_each_other_without_a_gap() -> None:
    heard = all_frames(player(clip(0, 250), clip(250, 30), clip(280, 201)))
    assert heard[:481] == clip(0, 481).octets(MU_LAW, 0, 481)
    assert heard[481:] == MU_LAW.silent_octet * (640 - 481)


def test_a_loop_has_no_seam() -> None:
    playing = player(clip(0, 100), clip(100, 25), loop=True)
    heard = b"".join(playing.frame(MU_LAW) for _ in range(10))
    assert not playing.over
    assert heard == (clip(0, 125).octets(MU_LAW, 0, 125) * 13)[:1600]


def test_a_clip_of_whole_frames_ends_with_its_last_one() -> None:
    playing = player(clip(0, 320))
    playing.frame(MU_LAW)
    assert not playing.over
    playing.frame(MU_LAW)
    assert playing.over


def test_the_encoding_may_change_on_the_way() -> None:
    sound, playing = clip(0, 480), player(clip(0, 480))
    assert playing.frame(MU_LAW) == sound.octets(MU_LAW, 0, 160)
    assert playing.frame(A_LAW) == sound.octets(A_LAW, 160, 320)


def test_empty_clips_are_left_out_also_of_a_loop() -> None:
    assert not player(clip(0, 0), clip(0, 0), loop=True).loaded
    assert len(all_frames(player(clip(0, 0), clip(0, 160)))) == 160


def test_long_clips_are_encoded_as_they_are_played() -> None:
    sound = clip(0, 40_000)
    assert sound.octets(MU_LAW, 39_990, 40_100) == clip(39_990, 10).octets(MU_LAW, 0, 10)
