import pytest

from media_service.prompts.errors import PromptError
from media_service.prompts.numbers import CLIPS, HIGHEST, english


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (7, "7"),
        (20, "20"),
        (21, "20 1"),
        (99, "90 9"),
        (100, "1 hundred"),
        (105, "1 hundred and 5"),
        (342, "3 hundred and 40 2"),
        (1000, "1 thousand"),
        (1001, "1 thousand and 1"),
        (1200, "1 thousand 2 hundred"),
        (21019, "20 1 thousand and 19"),
        (100_000, "1 hundred thousand"),
        (100_100, "1 hundred thousand 1 hundred"),
        (999_999, "9 hundred and 90 9 thousand 9 hundred and 90 9"),
    ],
)
def test_english_numbers(number: int, words: str) -> None:
    assert english(number) == tuple(f"num_{word}" for word in words.split())


def value_of(clips: tuple[str, ...]) -> int:
    total = group = 0
    for clip in clips:
        match clip.removeprefix("num_"):
            case "and":
                continue
            case "hundred":
                group *= 100
            case "thousand":
                total, group = 1000 * group, 0
            case digits:
                group += int(digits)
    return total + group


def test_every_number_says_itself_with_clips_that_exist() -> None:
    for number in [*range(2100), *range(2100, HIGHEST + 1, 997), HIGHEST]:
        clips = english(number)
        assert value_of(clips) == number
        assert set(clips) <= set(CLIPS["en"])


@pytest.mark.parametrize("number", [-1, HIGHEST + 1])
def test_numbers_beyond_the_clips_are_refused(number: int) -> None:
    with pytest.raises(PromptError, match=str(number)):
        english(number)
