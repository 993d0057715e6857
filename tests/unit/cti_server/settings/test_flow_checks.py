"""Flows that would strand, spin or surprise are refused at their step."""

import pytest

from tests.unit.cti_server.settings.configs import Config

ROUTING = "name: welcome\nkind: routing-strategy\nsteps:\n"
STOP = "  - {id: stop, step: disconnect}\n"
WAITING = "name: waiting\nkind: queue-processing\nsteps:\n"


def problems(config: Config, file: str, text: str) -> list[str]:
    config.write(f"flows/{file}.yaml", text)
    prefix = f"flows/{file}.yaml:"
    found = config.problems()
    assert all(each.startswith(prefix) for each in found)
    return [each.removeprefix(prefix) for each in found]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (
            "  - {id: a, step: play, say: welcome}\n",
            ["4: steps[0]: the flow runs out after this step: it must queue or disconnect"],
        ),
        (
            "  - {id: a, step: queue, queue: sales}\n  - {id: a, step: disconnect}\n",
            ["5: steps[1].id: step a is given twice (first in line 4)"],
        ),
        ("  - {id: a, step: queue, queue: sales}\n  - {id: b, step: disconnect}\n", ["5: steps[1]: is never reached"]),
        (
            "  - {id: a, step: play, say: welcome, next: c}\n  - {id: b, step: disconnect}\n",
            ["4: steps[0].next: no step of this flow is called 'c'"],
        ),
        (
            "  - {id: a, step: music, music: hold_music, seconds: 5}\n  - {id: b, step: disconnect}\n",
            ["4: steps[0].step: a music step has no place in a routing-strategy flow"],
        ),
        (
            "  - {id: a, step: position}\n  - {id: b, step: disconnect}\n",
            ["4: steps[0].step: a position step has no place in a routing-strategy flow"],
        ),
        (
            "  - {id: a, step: play, say: welcome}\n  - {id: b, step: play, say: welcome, next: a}\n",
            [
                "4: steps[0]: goes round without waiting for an answer: a -> b -> a",
                "4: steps[0]: no path from here comes to an end (queue or disconnect)",
                "5: steps[1]: no path from here comes to an end (queue or disconnect)",
            ],
        ),
        (
            "  - {id: m, step: menu, say: menu, choices: {1: stop, 2: m}, otherwise: m}\n" + STOP,
            ["4: steps[0]: goes round without waiting for an answer: m -> m"],
        ),
        (
            "  - {id: m, step: menu, say: menu, choices: {1: stpo}, otherwise: stop}\n" + STOP,
            ["4: steps[0].choices.1: no step of this flow is called 'stpo'; did you mean 'stop'?"],
        ),
    ],
)
def test_routing_flows(config: Config, steps: str, found: list[str]) -> None:
    assert problems(config, "welcome", ROUTING + steps) == found


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (
            "  - {id: a, step: music, music: hold_music, seconds: 5}\n",
            ["4: steps[0]: the flow runs out after this step: it must go back with next, or disconnect"],
        ),
        (
            "  - {id: a, step: position, next: a}\n",
            ["4: steps[0]: goes round without waiting for music or an answer: a -> a"],
        ),
        (
            "  - {id: a, step: queue, queue: sales}\n",
            ["4: steps[0].step: a queue step has no place in a queue-processing flow"],
        ),
        (
            (
                "  - {id: x, step: play, say: welcome}\n  - {id: a, step: play, say: welcome}\n"
                "  - {id: b, step: position, next: a}\n"
            ),
            ["5: steps[1]: goes round without waiting for music or an answer: a -> b -> a"],
        ),
    ],
)
def test_queue_flows(config: Config, steps: str, found: list[str]) -> None:
    assert problems(config, "waiting", WAITING + steps) == found


@pytest.mark.parametrize(
    "steps",
    [
        "  - {id: a, step: music, music: hold_music, seconds: 5, next: a}\n",
        "  - {id: a, step: music, music: hold_music, seconds: 5}\n  - {id: b, step: disconnect, say: sorry}\n",
        (
            "  - {id: p, step: play, say: [welcome, {number: 12}]}\n"
            "  - {id: a, step: music, music: hold_music, seconds: 5, next: p}\n"
        ),
    ],
)
def test_good_queue_flows(config: Config, steps: str) -> None:
    assert problems(config, "waiting", WAITING + steps) == []


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (
            "  - {id: a, step: play, say: welcome, on_failure: c}\n  - {id: b, step: queue, queue: sales}\n",
            ["4: steps[0].on_failure: no step of this flow is called 'c'"],
        ),
        (
            (
                "  - {id: a, step: menu, say: menu, choices: {1: b}, otherwise: b, on_failure: a}\n"
                "  - {id: b, step: queue, queue: sales}\n"
            ),
            ["4: steps[0]: goes round without waiting for an answer: a -> a"],
        ),
        (
            (
                "  - {id: a, step: play, say: welcome, on_failure: b}\n  - {id: q, step: queue, queue: sales}\n"
                "  - {id: b, step: disconnect}\n"
            ),
            [],
        ),
        (
            "  - {id: a, step: play, say: welcome}\n  - {id: q, step: queue, queue: sales, on_failure: a}\n",
            ["5: steps[1].on_failure: unknown key"],
        ),
    ],
)
def test_rules_for_failures(config: Config, steps: str, found: list[str]) -> None:
    assert problems(config, "welcome", ROUTING + steps) == found


def test_music_with_a_rule_does_not_wait_where_it_cannot_be_heard(config: Config) -> None:
    steps = (
        "  - {id: a, step: position, on_failure: b}\n"
        "  - {id: b, step: music, music: hold_music, seconds: 5, next: a, on_failure: a}\n"
    )
    assert problems(config, "waiting", WAITING + steps) == [
        "4: steps[0]: goes round without waiting for music or an answer: a -> b -> a"
    ]


def test_a_menu_may_be_repeated_by_choice(config: Config) -> None:
    menu = "  - {id: m, step: menu, say: menu, choices: {1: q, '*': m}, otherwise: q}\n"
    steps = menu + "  - {id: q, step: queue, queue: sales}\n"
    assert problems(config, "welcome", ROUTING + steps) == []


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (
            "{id: a, step: dance}",
            "must be one of 'play', 'say', 'menu', 'collect', 'recognise', 'record', ",
        ),
        ("{id: a, step: queue}", "steps[0].queue: is missing"),
        ("{id: a, step: play, say: []}", "steps[0].say: "),
        ("{id: a, step: play, say: ../secret}", "steps[0].say: string should match pattern"),
        ("{id: a, step: play, say: {prompt: a, number: 1}}", "steps[0].say: must have exactly one thing to be heard"),
        (
            "{id: a, step: queue, queue: sales, priority: 11}",
            "steps[0].priority: input should be less than or equal to 10",
        ),
        (
            "{id: a, step: menu, say: menu, choices: {12: a}, otherwise: a}",
            "steps[0].choices.12: string should match pattern",
        ),
    ],
)
def test_a_step_that_is_no_step(config: Config, step: str, found: str) -> None:
    (problem,) = problems(config, "welcome", f"{ROUTING}  - {step}\n")
    assert found in problem
