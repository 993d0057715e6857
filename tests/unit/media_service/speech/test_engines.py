"""The engines themselves: eSpeak NG and Piper speak, PocketSphinx understands Piper. What is missing fails."""

from pathlib import Path

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import gatherResults

from media_service.codecs.wav import read_wav, write_wav
from media_service.control.actions import Utterance
from media_service.prompts.catalogue import Catalogue
from media_service.speech.errors import SpeechError
from media_service.speech.espeak import EspeakEngine
from media_service.speech.piper import PiperEngine
from media_service.speech.pocketsphinx import PocketsphinxRecogniser
from media_service.speech.sound import load, measure
from media_service.speech.store import SpokenFiles
from media_service.speech.synthesis import StoredSynthesiser
from tests.unit.media_service import driving
from tests.unit.media_service.driving import drive
from tests.unit.media_service.prompts.words import SHIPPED, spoken

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models take seconds to load, and more of them on a machine that is busy."""
    monkeypatch.setattr(driving, "PATIENCE", 50.0)


GRAMMAR = """#JSGF V1.0;
grammar menu;
public <menu> = [I would like to speak to | please connect me with] [the] (sales [department] | service | an operator)
              | yes | no | <digit>+;  // spoken digits too
<digit> = one | two | three | four | five | six | seven | eight | nine | zero;
"""
KNOWN = [
    "I would like to speak to the sales department.",
    "Please connect me with an operator.",
    "Four two seven one.",
    "An operator.",
    "Yes.",
    "No.",
]
UNKNOWN = ["What is the weather like tomorrow?", "Three boxes of blue paint.", "I have a question about my bill."]


def test_every_language_is_spoken_and_kept(tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        synthesiser = StoredSynthesiser(reactor, [EspeakEngine()], SpokenFiles(tmp_path))
        try:
            texts = {"en": "Good morning", "fr": "Bonjour", "de": "Grüß Gott", "fi": "Hyvää päivää", "pt-PT": "Bom dia"}
            files = [await synthesiser.say(text, language) for language, text in texts.items()]
            for file in files:
                assert read_wav(file.read_bytes())
                heard = measure(load(file)[0])
                assert 0.3 < heard.seconds < 3
                assert -24 < heard.level < -16
            again = synthesiser.say("  Good\nmorning ", "en")
            assert again.called
            assert await again == files[0]
            both = await gatherResults([synthesiser.say("twice", "en"), synthesiser.say("twice", "en")])
            assert both[0] == both[1]
        finally:
            await synthesiser.close()
        with pytest.raises(SpeechError, match="closed"):
            await synthesiser.say("too late", "en")

    drive(story)
    assert len(list(tmp_path.iterdir())) == 6


def test_markup_is_read_out_and_a_text_is_never_an_option(tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        synthesiser = StoredSynthesiser(reactor, [EspeakEngine()], SpokenFiles(tmp_path))
        try:
            plain = measure(load(await synthesiser.say("ten", "en"))[0]).seconds
            for text in ('<audio src="/etc/passwd"/> ten', "--help", "-w /etc/motd", "[[h@'loU]] ten \x00\x1b[0m"):
                assert measure(load(await synthesiser.say(text, "en"))[0]).seconds > plain
        finally:
            await synthesiser.close()

    drive(story)


def test_what_piper_says_is_understood_by_the_grammar(tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        synthesiser = StoredSynthesiser(reactor, [PiperEngine(), EspeakEngine()], SpokenFiles(tmp_path))
        recogniser = PocketsphinxRecogniser(reactor)
        try:
            for text in KNOWN:
                heard = await recogniser.recognise(await synthesiser.say(text, "en"), GRAMMAR, "en")
                assert heard.text == text.lower().rstrip(".")
                assert heard.confidence > (0.5 if len(text) > 15 else 0.1)
            for text in UNKNOWN:
                heard = await recogniser.recognise(await synthesiser.say(text, "en"), GRAMMAR, "en")
                assert heard.confidence < 0.5
        finally:
            await recogniser.close()
            await synthesiser.close()

    drive(story)


def test_what_cannot_be_recognised_is_told_and_the_next_one_is(tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        synthesiser = StoredSynthesiser(reactor, [PiperEngine()], SpokenFiles(tmp_path))
        recogniser = PocketsphinxRecogniser(reactor)
        try:
            yes = await synthesiser.say("Yes.", "en")
            for grammar, reason in (
                ("#JSGF V1.0; grammar a; public <a> = yes | Callwrightish;", "does not have callwrightish"),
                ("#JSGF V1.0; grammar a; public <a> = (yes;", "cannot be read"),
                ("", "cannot be read"),
                ("x" * 100_000, "65536 characters"),
            ):
                with pytest.raises(SpeechError, match=reason):
                    await recogniser.recognise(yes, grammar, "en")
            with pytest.raises(SpeechError, match="cannot be read"):
                await recogniser.recognise(tmp_path / "gone.wav", GRAMMAR, "en")
            with pytest.raises(SpeechError, match="not de"):
                await recogniser.recognise(yes, GRAMMAR, "de")
            assert (await recogniser.recognise(yes, GRAMMAR, "en")).text == "yes"
        finally:
            await recogniser.close()
            await synthesiser.close()

    drive(story)


SENTENCES = """#JSGF V1.0; grammar sentences;
public <sentence> = <unit> hundred [and <number>] | <number> thousand [and <number>] | <number>
                  | you are <place> in the queue | about <number> minutes;
<unit> = one | two | three | four | five | six | seven | eight | nine;
<teen> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen;
<ten> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
<number> = <unit> | <teen> | <ten> [<unit>];
<place> = first | second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth | twelfth | twentieth;
"""
NUMBERS = (121, 342, 905, 17, 86, 54, 2000, 21_007, 99, 13, 30, 812)


def test_what_is_put_together_from_clips_is_understood(tmp_path: Path) -> None:
    """The recogniser is the listener: four sentences of five at least, at telephone bandwidth."""
    catalogue = Catalogue(SHIPPED, "en")
    said = [Utterance(number=number) for number in NUMBERS]
    said += [Utterance(position=number) for number in range(1, 11)]
    said += [Utterance(wait=60 * minutes) for minutes in (2, 3, 15, 45)]

    async def story(reactor: AsyncioSelectorReactor) -> None:
        recogniser = PocketsphinxRecogniser(reactor)
        try:
            understood = 0
            for utterance in said:
                linear = b"".join(read_wav(file.read_bytes()) for file in catalogue.files([utterance]))
                (tmp_path / "said.wav").write_bytes(write_wav(linear))
                heard = await recogniser.recognise(tmp_path / "said.wav", SENTENCES, "en")
                understood += heard.text == spoken("en", catalogue.names(utterance)).lower().rstrip(".")
            assert understood >= 0.8 * len(said)
        finally:
            await recogniser.close()

    drive(story)
