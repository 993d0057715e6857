"""Monitor filters against the facts of every event."""

import pytest

from csta import DeviceID
from csta import messages as m
from csta.filters import covers, lets_through, narrowest, place_of, widest
from csta.messages.enumerations import CallControlEvent, LogicalDeviceEvent, MaintenanceEventName, VoiceEventName
from csta.messages.structures import MonitorFilter
from csta.schema.elements import shape_of

EVENTS = [one for one in vars(m).values() if isinstance(one, type) and issubclass(one, m.Event)]
DECLARED = [one for one in EVENTS if (shape := shape_of(one)) is not None and shape.event is not None]


@pytest.mark.parametrize(
    ("event", "field", "word"),
    [
        (m.Bridged, "call_control", CallControlEvent.BRIDGED),
        (m.CallCleared, "call_control", CallControlEvent.CALL_CLEARED),
        (m.Transferred, "call_control", CallControlEvent.TRANSFERRED),
        (m.AgentLoggedOff, "logical_device_feature", LogicalDeviceEvent.AGENT_LOGGED_OFF),
        (m.OutOfService, "maintenance", MaintenanceEventName.OUT_OF_SERVICE),
        (m.DeviceCapsChanged, "maintenance", MaintenanceEventName.DEVICE_CAPABILITY_CHANGED),
        (m.StopEvent, "voice", VoiceEventName.STOP),
        (m.VoiceErrorOccurred, "voice", VoiceEventName.VOICE_ERROR_OCCURRED),
    ],
)
def test_words_of_events_whose_bits_are_not_their_tags(event: type[m.Event], field: str, word: object) -> None:
    assert place_of(event) == (field, word)


def test_every_event_has_a_word_of_its_own() -> None:
    places = [place_of(event) for event in DECLARED]
    assert len(DECLARED) >= 70
    assert None not in places
    assert len(set(places)) == len(places)
    # The root of all events is none itself.
    assert place_of(m.Event) is None


HELD = MonitorFilter(call_control=frozenset({CallControlEvent.HELD}))
HELD_AND_READY = MonitorFilter(
    call_control=frozenset({CallControlEvent.HELD}),
    logical_device_feature=frozenset({LogicalDeviceEvent.AGENT_READY}),
)


def test_what_gets_through() -> None:
    ready = m.AgentReady(monitor_cross_ref_id="1", agent_device=DeviceID("7101"))
    assert lets_through(None, ready)
    assert lets_through(HELD, ready)
    assert not lets_through(HELD_AND_READY, ready)


def test_filters_joined() -> None:
    assert widest([HELD, HELD_AND_READY]) == HELD
    assert widest([HELD, None]) is None
    assert narrowest([HELD, HELD_AND_READY, None]) == HELD_AND_READY
    assert narrowest([]) is None
    assert covers(HELD, HELD_AND_READY)
    assert not covers(HELD_AND_READY, HELD)
    assert covers(None, HELD)
    # An empty filter leaves nothing out.
    assert widest([MonitorFilter(call_control=frozenset())]) is None
    with pytest.raises(ValueError, match="no filters"):
        widest([])
