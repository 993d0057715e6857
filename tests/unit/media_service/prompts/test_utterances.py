import math
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, fail, succeed

from media_service.control.actions import Utterance
from media_service.prompts.catalogue import Catalogue
from media_service.prompts.errors import PromptError
from media_service.prompts.languages import GRAMMARS
from media_service.prompts.speaker import Sound, Speaker
from media_service.prompts.utterances import FIELDS, clips_of
from media_service.signal.tones import Tone, pcm
from media_service.speech.errors import SpeechError
from tests.unit.media_service.prompts.words import SHIPPED, spoken


@dataclass
class Says:
    """A synthesiser that has spoken everything already, but for what is bad."""

    said: list[tuple[str, str]] = field(default_factory=list)

    def say(self, text: str, language: str) -> Deferred[Path]:
        self.said.append((text, language))
        return fail(SpeechError("hoarse")) if text == "bad" else succeed(Path(f"/spoken/{text}.wav"))

    def close(self) -> Deferred[None]:
        return succeed(None)


def sounds(speaker: Speaker, *utterances: Utterance, language: str = "") -> tuple[Sound, ...]:
    got: list[tuple[Sound, ...]] = []
    failed: list[BaseException] = []
    speaker.speak(utterances, language).addCallbacks(got.append, lambda failure: failed.append(failure.value))
    if failed:
        raise failed[0]
    return got[0]


SPEAKER = Speaker(Catalogue(SHIPPED, "en"), Says(), "GB")


def test_every_kind_is_turned_into_sounds_at_once() -> None:
    heard = sounds(
        SPEAKER,
        Utterance(prompt="welcome"),
        Utterance(number=-21),
        Utterance(position=2),
        Utterance(digits="4#"),
        Utterance(date="2026-05-03"),
        Utterance(time="14:30"),
        Utterance(amount="-12.50", currency="GBP"),
        Utterance(wait=180),
        Utterance(text="hello"),
    )
    names = tuple(path.stem for path in heard if isinstance(path, Path))
    assert spoken("en", names[:-1]) == (
        "Welcome to Callwright. Thank you for calling us today. minus twenty one You are second in the queue. four "
        "hash the third of May twenty twenty six two thirty p m minus twelve pounds and fifty pence about three minutes"
    )
    assert heard[-1] == Path("/spoken/hello.wav")
    assert all(isinstance(path, Path) and path.is_file() for path in heard[:-1])


def test_tones_are_those_of_the_country_and_silence_is_silent() -> None:
    busy, silence = sounds(SPEAKER, Utterance(tone="busy"), Utterance(silence=0.5))
    assert isinstance(busy, Tone)
    assert busy.frequencies == (400.0,)
    assert isinstance(silence, Tone)
    assert pcm(silence) == bytes(8000)


def test_the_language_of_a_verb_goes_before_that_of_the_service() -> None:
    files = sounds(SPEAKER, Utterance(number=21), Utterance(text="hallo"), language="de")
    assert files[:2] == tuple(SHIPPED / "de" / f"{name}.wav" for name in ("num_1_und", "num_20"))


@pytest.mark.parametrize(
    ("utterance", "reason"),
    [
        (Utterance(), "not nothing"),
        (Utterance(number=1, digits="1"), "not number and digits"),
        (Utterance(number=1, currency="EUR"), "goes with an amount"),
        (Utterance(amount="1"), "no currency"),
        (Utterance(amount="1,5", currency="EUR"), "no amount"),
        (Utterance(amount="1e5", currency="EUR"), "no amount"),
        (Utterance(amount="1", currency="eur"), "none of"),
        (Utterance(date="2026-02-30"), "no date"),
        (Utterance(date="20260203"), "no date"),
        (Utterance(time="25:00"), "between 0 and 23"),
        (Utterance(time="1430"), "no time"),
        (Utterance(tone="polka"), "polka"),
        (Utterance(silence=0), "silence"),
        (Utterance(silence=math.inf), "silence"),
        (Utterance(text="bad"), "hoarse"),
        (Utterance(prompt="nothing_there"), "nothing_there"),
    ],
)
def test_what_cannot_be_heard_fails_with_its_reason(utterance: Utterance, reason: str) -> None:
    with pytest.raises(PromptError, match=reason):
        sounds(SPEAKER, Utterance(prompt="welcome"), utterance)


def test_nothing_is_synthesised_where_another_utterance_is_impossible() -> None:
    synthesiser = Says()
    with pytest.raises(PromptError):
        sounds(Speaker(Catalogue(SHIPPED, "en"), synthesiser), Utterance(text="hello"), Utterance())
    assert synthesiser.said == []


def test_text_needs_a_synthesiser() -> None:
    with pytest.raises(PromptError, match="no speech synthesis"):
        sounds(Speaker(Catalogue(SHIPPED, "en")), Utterance(text="hello"))


values = st.fixed_dictionaries(
    {},
    optional={
        "prompt": st.text(max_size=80),
        "number": st.integers(-(10**12), 10**12),
        "position": st.integers(-(10**12), 10**12),
        "digits": st.text(max_size=80),
        "date": st.one_of(st.text(max_size=12), st.dates().map(str)),
        "time": st.one_of(st.text(max_size=6), st.times().map(lambda time: f"{time:%H:%M}")),
        "amount": st.one_of(st.text(max_size=12), st.decimals().map(str)),
        "currency": st.sampled_from(["EUR", "GBP", "", "XXX"]),
        "wait": st.floats(),
    },
)


@given(values=values, language=st.sampled_from(sorted(GRAMMARS)))
def test_whatever_comes_is_spoken_by_known_clips_or_refused(values: dict[str, object], language: str) -> None:
    utterance = Utterance(**values)  # type: ignore[arg-type]
    try:
        clips = clips_of(utterance, language, GRAMMARS[language])
    except PromptError:
        return
    assert sum(getattr(utterance, name) is not None for name in FIELDS) == 1
    assert utterance.prompt is not None or set(clips) <= GRAMMARS[language].clips
