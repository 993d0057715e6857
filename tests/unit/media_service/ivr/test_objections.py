import pytest

from media_service.control.messages import (
    Action,
    Answer,
    AskDigit,
    Bridge,
    Collect,
    Conference,
    Hangup,
    Menu,
    Message,
    Pause,
    Play,
    Recognise,
    Record,
    SendDigits,
    Transfer,
    Utterance,
)
from media_service.ivr.objections import MAX_UTTERANCES, objection

PROMPT = (Utterance(prompt="menu"),)
GRAMMAR = "#JSGF V1.0; grammar g; public <g> = yes;"


@pytest.mark.parametrize(
    "action",
    [
        Answer(),
        Play(PROMPT),
        Play(()),
        Play((Utterance(amount="12.50", currency="EUR"), Utterance(silence=0.5))),
        AskDigit((), 0.0),
        Menu(PROMPT, "12#", 5.0),
        Collect(PROMPT, 64, minimum=0, terminators=""),
        Recognise(PROMPT, GRAMMAR),
        Message(PROMPT, "boxes/2026-11/7201_a.b"),
        Record("calls/c-1", format="flac"),
        SendDigits("0123456789*#ABCD"),
        Pause(3.0),
        Bridge("s"),
        Conference("r", role="whisperer", whisper_to="s"),
        Transfer("7201"),
        Transfer(replaces="s"),
        Hangup(status=603),
    ],
)
def test_what_can_be_meant(action: Action) -> None:
    assert not objection(action)


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (AskDigit((), float("nan")), "timeout"),
        (Play((Utterance(),)), "exactly one thing, not nothing"),
        (Play((Utterance(prompt="a", number=1),)), "exactly one thing, not prompt and number"),
        (Play((Utterance(text="x" * 5000),)), "longer than"),
        (Play((Utterance(silence=float("inf")),)), "utterance"),
        (Play(PROMPT * (MAX_UTTERANCES + 1)), "utterances"),
        (Menu(PROMPT, "", 5.0), "options"),
        (Menu(PROMPT, "x", 5.0), "options"),
        (Menu(PROMPT, "1", 5.0, tries=0), "tries"),
        (Menu(PROMPT, "1", 5.0, invalid=(Utterance(),)), "exactly one"),
        (Collect(PROMPT, 0), "maximum"),
        (Collect(PROMPT, 65), "maximum"),
        (Collect(PROMPT, 4, minimum=5), "minimum"),
        (Collect(PROMPT, 4, between=-1.0), "between"),
        (Recognise(PROMPT, " "), "grammar"),
        (Message(PROMPT, "box", maximum=0.0), "maximum"),
        (Message(PROMPT, "../../etc/passwd"), "no name of a recording"),
        (Record("/etc/cron.d/x"), "no name of a recording"),
        (Record("a/../../b"), "no name of a recording"),
        (Record(".heard/x"), "no name of a recording"),
        (Record("a\n"), "no name of a recording"),
        (Record(""), "no name of a recording"),
        (Record("a" * 65), "no name of a recording"),
        (Record("a", format="mp3"), "format"),
        (SendDigits(""), "digits"),
        (SendDigits("12x"), "digits"),
        (Pause(-1.0), "seconds"),
        (Bridge(""), "nobody"),
        (Transfer(), "nobody"),
        (Transfer("1", timeout=1e9), "timeout"),
        (Conference(""), "room"),
        (Conference("r", role="boss"), "role"),
        (Conference("r", role="whisperer"), "whisper_to"),
        (Conference("r", whisper_to="s"), "whisper_to"),
        (Hangup(status=200), "no refusal"),
        (Hangup(status=99), "no refusal"),
    ],
)
def test_what_cannot_be_meant_is_said(action: Action, why: str) -> None:
    assert why in objection(action)
