"""Stories of calls between extensions, told to the switch's model."""

from csta import messages
from csta.identifiers import DeviceID
from csta.states import RequestedAgentState
from tests.scenarios.lab.story import Story


def test_one_extension_calls_another_and_hangs_up() -> None:
    story = Story()

    story.dials("7201", "7202")
    story.expect("""
        7201 ServiceInitiated {C1,7201} newCall local=initiated
        7201 Originated {C1,7201} 7201>7202 newCall local=connected
        sip invite 7202 shows 7201 Carol with media of 7201
    """)
    story.rings("7202")
    story.expect("""
        7201 Delivered {C1,7202} 7201>7202 newCall local=connected
        7202 Delivered {C1,7202} 7201>7202 newCall local=alerting
        sip ring 7201
    """)
    story.answers("7202")
    story.expect("""
        sip 7201 hears 7202
        sip 7202 hears 7201
        7201 Established {C1,7202} 7201>7202 normal local=connected
        7202 Established {C1,7202} 7201>7202 normal local=connected
    """)
    story.hangs_up("7201")
    story.expect("""
        7201 ConnectionCleared {C1,7201} by 7201 normalClearing local=null
        7202 ConnectionCleared {C1,7201} by 7201 normalClearing local=connected
        sip hang up 7202
        7201 ConnectionCleared {C1,7202} by 7201 normalClearing local=null
        7202 ConnectionCleared {C1,7202} by 7201 normalClearing local=null
    """)
    assert story.calls() == []


def test_the_called_phone_is_answered_without_having_rung() -> None:
    story = Story()
    story.dials("7201", "7202")
    story.skip()

    story.answers("7202")

    assert [line.split()[1] for line in story.heard().splitlines() if line.startswith("7202")] == [
        "Delivered",
        "Established",
    ]


def test_a_busy_extension_gives_busy_to_a_second_caller_and_the_first_call_goes_on() -> None:
    story = Story()
    story.dials("7201", "7202")
    story.answers("7202")
    story.skip()

    story.dials("7101", "7202")

    story.expect("""
        7101 ServiceInitiated {C2,7101} newCall local=initiated
        7101 Originated {C2,7101} 7101>7202 newCall local=connected
        7101 Failed {C2,7202} 7101>7202 busy local=connected
        7202 Failed {C2,7202} 7101>7202 busy local=fail
        sip refuse 7101 486 Busy Here
        7101 ConnectionCleared {C2,7202} by 7202 busy local=connected
        7202 ConnectionCleared {C2,7202} by 7202 busy local=null
        7101 ConnectionCleared {C2,7101} by 7101 busy local=null
    """)
    assert story.calls() == ["C1 7201:connected 7202:connected"]


def test_a_phone_that_rejects_or_is_not_registered_or_never_answers_ends_the_call() -> None:
    story = Story(absent=("7102",))
    story.dials("7201", "7202")
    story.refuses("7202", 603)
    assert "sip refuse 7201 603 Decline" in story.heard()

    story.dials("7201", "7102")
    assert "sip refuse 7201 480 Temporarily Unavailable" in story.heard()

    story.dials("7201", "7202")
    story.rings("7202")
    story.passes(59)
    assert "Failed" not in story.heard()
    story.passes(1)
    transcript = story.heard()
    assert transcript.startswith("sip hang up 7202\n7201 Failed {C3,7202} 7201>7202 callNotAnswered local=connected")
    assert "sip refuse 7201 480 Temporarily Unavailable" in transcript
    assert story.calls() == []


def test_nobody_is_at_an_unknown_number_and_a_phone_cannot_call_itself() -> None:
    story = Story()
    story.dials("7201", "9999")
    story.expect("sip refuse 7201 404 Not Found")

    story.dials("7201", "7201")
    assert "sip refuse 7201 486 Busy Here" in story.heard()
    assert story.calls() == []


def test_the_caller_gives_up_while_it_rings() -> None:
    story = Story()
    story.dials("7201", "7202")
    story.rings("7202")
    story.skip()

    story.hangs_up("7201")

    story.expect("""
        7201 ConnectionCleared {C1,7201} by 7201 normalClearing local=null
        7202 ConnectionCleared {C1,7201} by 7201 normalClearing local=alerting
        sip hang up 7202
        7201 ConnectionCleared {C1,7202} by 7201 normalClearing local=null
        7202 ConnectionCleared {C1,7202} by 7201 normalClearing local=null
    """)


def test_media_that_cannot_be_joined_end_the_call_for_both() -> None:
    story = Story()
    story.dials("7201", "7202")
    story.answers("7202")
    story.skip()

    story.breaks("7201")

    transcript = story.heard()
    assert "sip hang up 7201" in transcript
    assert "sip hang up 7202" in transcript
    assert "incompatibleDestination" in transcript


def test_an_application_makes_a_call_the_phone_is_prompted_then_the_other_rings() -> None:
    story = Story()

    story.asks(
        messages.MakeCall(calling_device=DeviceID("7101"), called_directory_number=DeviceID("7202")),
    )
    story.expect("""
        done MakeCallResponse {C1,7101}
        sip invite 7101 shows 7202 with media of switch prompting
        7101 ServiceInitiated {C1,7101} makeCall local=initiated
    """)
    story.answers("7101")
    story.expect("""
        7101 Originated {C1,7101} 7101>7202 makeCall local=connected
        sip invite 7202 shows 7101 Anna with media of 7101
        sip 7101 hears ringback
    """)
    story.answers("7202")
    assert story.heard().startswith("7101 Delivered {C1,7202}")
    assert story.calls() == ["C1 7101:connected 7202:connected"]


def test_a_prompted_phone_that_nobody_answers_ends_the_made_call() -> None:
    story = Story()
    story.asks(messages.MakeCall(calling_device=DeviceID("7101"), called_directory_number=DeviceID("7202")))
    story.skip()

    story.passes(60)

    story.expect("""
        sip hang up 7101
        7101 ConnectionCleared {C1,7101} by 7101 callNotAnswered local=null
    """)


def test_feature_codes_and_the_application_change_one_agent_state() -> None:
    story = Story()

    story.dials("7101", "*61")
    story.expect("""
        7101 ServiceInitiated {C1,7101} newCall local=initiated
        7101 Originated {C1,7101} 7101>*61 newCall local=connected
        7101 AgentLoggedOn anna
        sip 7101 hears confirmation
    """)
    story.passes(2)
    story.expect("""
        sip hang up 7101
        7101 ConnectionCleared {C1,7101} by 7101 normalClearing local=null
    """)
    story.asks(_wants("7101", "ready"))
    story.expect("""
        done SetAgentStateResponse
        7101 AgentReady anna
    """)
    story.asks(_wants("7101", "ready"))
    story.expect("done SetAgentStateResponse")
    story.dials("7101", "*64")
    story.expect("""
        7101 ServiceInitiated {C2,7101} newCall local=initiated
        7101 Originated {C2,7101} 7101>*64 newCall local=connected
        7101 AgentLoggedOff anna
        sip 7101 hears confirmation
    """)


def test_a_phone_is_busy_while_it_hears_the_confirmation_of_a_feature() -> None:
    story = Story()
    story.dials("7101", "*61")
    story.heard()

    story.dials("7201", "7101")
    assert "7101 ConnectionCleared {C2,7101} by 7101 busy local=null" in story.heard()

    story.hangs_up("7101")
    assert "7101 ConnectionCleared {C1,7101} by 7101 normalClearing local=null" in story.heard()


def test_agent_states_that_cannot_be_are_refused() -> None:
    story = Story()
    story.dials("7201", "*61")
    story.expect("""
        7201 ServiceInitiated {C1,7201} newCall local=initiated
        7201 Originated {C1,7201} 7201>*61 newCall local=connected
        sip refuse 7201 403 Not Permitted Here
        7201 ConnectionCleared {C1,7201} by 7201 blocked local=null
    """)
    story.dials("7101", "*62")
    assert "sip refuse 7101 403 Not Permitted Here" in story.heard()

    story.asks(_wants("7101", "ready"))
    story.asks(_wants("7201", "ready"))
    story.asks(_wants("7101", "loggedOn", agent="ben"))
    story.asks(_wants("7101", "workingAfterCall"))
    story.expect("""
        refused operation invalidAgentState
        refused operation invalidDeviceID
        refused operation invalidAgentIdentifier
        refused operation invalidAgentState
    """)


def _wants(device: str, state: str, agent: str | None = None) -> messages.SetAgentState:
    return messages.SetAgentState(
        device=DeviceID(device), requested_agent_state=RequestedAgentState(state), agent_id=agent
    )
