"""What is wrong with flows within their site is said at its line: names, data, circles, service, runs."""

import pytest

from tests.unit.cti_server.settings.configs import Config

HEAD = "name: welcome\nkind: routing-strategy\nsteps:\n"
END = "  - {id: end, step: queue, queue: sales}\n"


def problems(config: Config, steps: str, head: str = HEAD) -> list[str]:
    config.write("flows/welcome.yaml", head + steps)
    return [each.partition("welcome.yaml:")[2] or each for each in config.problems()]


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (
            "{id: a, step: decide, cases: [{when: waitde > 3, next: end}]}",
            "4: steps[0].cases[0].when: nothing is called 'waitde'; did you mean 'waited'?",
        ),
        (
            "{id: a, step: decide, cases: [{when: queues.sale.free > 3, next: end}]}",
            "4: steps[0].cases[0].when: no queue is called 'sale'; did you mean 'sales'?",
        ),
        (
            "{id: a, step: decide, cases: [{when: queues.sales.fre > 3, next: end}]}",
            "4: steps[0].cases[0].when: a queue has no figure 'fre'; did you mean 'free'?",
        ),
        (
            "{id: a, step: play, say: {digits: '{custmer}'}}",
            "4: steps[0].say: nothing is called 'custmer'",
        ),
        (
            "{id: a, step: schedule, calendar: offcie, closed: end}",
            "4: steps[0].calendar: no calendar is called 'offcie'",
        ),
        ("{id: a, step: run, flow: parts}", "4: steps[0].flow: no flow is called 'parts'"),
        ("{id: a, step: database, query: q}", "4: steps[0].query: no query is called 'q'"),
        ("{id: a, step: web, service: q}", "4: steps[0].service: no web service is called 'q'"),
        (
            "{id: a, step: record, mail_to: [a@example.com]}",
            "4: steps[0].mail_to: no mail can be sent: server.yaml has no connectors.mail",
        ),
        (
            "{id: a, step: transfer, number: 0049}",
            "",
        ),
        (
            "{id: a, step: queue, queue: sales, full: edn}",
            "4: steps[0].full: no step of this flow is called 'edn'; did you mean 'end'?",
        ),
        (
            "{id: a, step: queue, queue: sales, full: end, needs: [{skills: {french: 3}}]}",
            "4: steps[0].needs[0].skills.french: no skill is called 'french'",
        ),
    ],
)
def test_names_that_nothing_stands_behind(config: Config, step: str, found: str) -> None:
    assert problems(config, f"  - {step}\n{END}") == ([found] if found else [])


def test_data_that_are_used_before_they_can_be_set(config: Config) -> None:
    steps = (
        "  - {id: a, step: say, value: number_}\n"
        "  - {id: b, step: collect, say: enter_number, into: number_, maximum: 3}\n"
    )
    assert problems(config, steps + END) == ["4: steps[0].value: 'number_' is used before any step sets it"]
    declared = "name: welcome\nkind: routing-strategy\ndata: [number_]\nsteps:\n"
    assert problems(config, steps + END, declared) == []


def test_data_of_another_flow_are_known(config: Config) -> None:
    config.write(
        "flows/waiting.yaml",
        "name: waiting\nkind: queue-processing\nsteps:\n"
        "  - {id: m, step: say, value: wished}\n  - {id: l, step: music, music: hold_music, seconds: 9, next: m}\n",
    )
    assert problems(config, f"  - {{id: a, step: set, values: {{wished: 3}}}}\n{END}") == []


def test_a_flow_that_comes_to_run_itself(config: Config) -> None:
    part = "name: {0}\nkind: part\nsteps:\n  - {{id: a, step: run, flow: {1}}}\n"
    config.write("flows/one.yaml", part.format("one", "two"))
    config.write("flows/two.yaml", part.format("two", "one"))
    found = problems(config, "  - {id: a, step: run, flow: one}\n" + END)
    assert found == [
        "flows/one.yaml:4: steps[0].flow: flow one comes to run itself by this",
        "flows/two.yaml:4: steps[0].flow: flow two comes to run itself by this",
    ]


def test_a_queue_that_nobody_can_serve(config: Config) -> None:
    config.edit("site/agents.yaml", "  - service\n", "  - service\n  - night\n")
    config.edit("site/queues.yaml", "groups: [service]", "groups: [night]")
    (found,) = config.problems()
    assert found.endswith("callers come into this queue, but no agent meets its needs: group night")


def test_needs_that_nobody_meets(config: Config) -> None:
    config.edit("site/agents.yaml", "\nagents:\n", "\nskills: [french]\nagents:\n")
    config.edit("site/agents.yaml", "groups: [sales]\n", "groups: [sales]\n    skills: {french: 4}\n")
    step = "  - {{id: a, step: queue, queue: sales, needs: [{{skills: {{french: {0}}}}}]}}\n"
    assert problems(config, step.format(4)) == []
    assert problems(config, step.format(5)) == ["4: steps[0].needs: no agent meets its needs: french at level 5"]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (
            (
                "  - {id: a, step: decide, cases: [{when: hour > 3, next: b}], otherwise: end}\n"
                "  - {id: b, step: set, values: {x: 1}, next: a}\n"
            ),
            ["4: steps[0]: goes round without waiting for an answer: a -> b -> a"],
        ),
        (
            "  - {id: a, step: transfer, number: 1, on_failure: a}\n",
            [
                "4: steps[0]: goes round without waiting for an answer: a -> a",
                "4: steps[0]: no path from here comes to an end (queue or disconnect)",
                "5: steps[1]: is never reached",
            ],
        ),
        ("  - {id: a, step: wait, seconds: 3}\n", []),
        ("  - {id: a, step: requeue, queue: sales}\n", ["a requeue step has no place in a routing-strategy flow"]),
    ],
)
def test_circles_and_places(config: Config, steps: str, found: list[str]) -> None:
    assert [each.removeprefix("4: steps[0].step: ") for each in problems(config, steps + END)] == found


def test_a_part_may_run_out_and_go_back(config: Config) -> None:
    config.write("flows/one.yaml", "name: one\nkind: part\nsteps:\n  - {id: a, step: set, values: {x: 1}}\n")
    assert problems(config, "  - {id: a, step: run, flow: one}\n" + END) == []


def test_spoken_values_need_their_clips_in_every_language(config: Config) -> None:
    (config.prompts / "texts.yaml").write_text("clips:\n  month_1: January\n  num_1: one\n")
    config.edit("server.yaml", "  language: en", "  language: en\n  languages: [de]")
    for file in config.prompts.glob("*.wav"):
        (config.prompts.parent / "de").mkdir(exist_ok=True)
        (config.prompts.parent / "de" / file.name).write_bytes(file.read_bytes())
    (config.prompts.parent / "de" / "texts.yaml").write_text("clips:\n  month_1: Januar\n  month_13: Undezember\n")
    found = problems(config, "  - {id: a, step: say, value: source, form: date}\n" + END)
    assert len(found) == 1
    assert found[0].startswith("4: steps[0]: dates cannot be spoken: prompt month_13 is missing: no file ")
