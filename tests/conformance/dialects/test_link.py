"""D-01 to D-13: log-in, signs of life, states of the switch, the end of a link."""

import pytest

from csta import Credentials, Ending, LinkUp, SessionError, StatusReceived, SystemStatusValue
from csta import messages as m
from tests.conformance.dialects.bench import WHO, Bench
from tests.conformance.dialects.spec import CREDENTIALS, requirement

LOG_IN, LIFE = "Log-in", "Heartbeats and states"


@requirement("D-01", LOG_IN)
def test_log_in(bench: Bench) -> None:
    """The link comes up by the profile's log-in; both sides are told so once, and nothing is odd about it."""
    bench.open()
    assert len(bench.take(LinkUp)) == 1
    assert len([one for one in bench.heard if isinstance(one, LinkUp)]) == 1
    assert bench.faults() == []


@requirement("D-02", LOG_IN)
def test_log_in_byte_by_byte(bench: Bench) -> None:
    """The log-in does not depend on how the stream is cut: byte by byte it comes up as well."""
    bench.size = 1
    bench.open()
    assert len(bench.take(LinkUp)) == 1
    assert bench.faults() == []


@requirement("D-03", LOG_IN, CREDENTIALS)
def test_wrong_password(bench: Bench) -> None:
    """A wrong password ends the link, and is told apart from a link that broke, so that it is not tried at once."""
    bench.renew(Credentials(WHO.user, "wrong"))
    bench.open()
    assert bench.take(LinkUp) == []
    assert bench.down().ending is Ending.CREDENTIALS_REFUSED


@requirement("D-04", LOG_IN)
def test_silent_switch(bench: Bench) -> None:
    """A switch that says nothing is given up after the log-in's time, with a reason in words."""
    bench.application.connection_made(bench.now)
    bench.application.data_to_send()
    bench.wait(31)
    assert bench.down().reason
    assert bench.application.close_wanted()


@requirement("D-05", LOG_IN)
def test_nothing_before_the_link_is_up(bench: Bench) -> None:
    """Requests and events are refused locally until the link is up."""
    bench.application.connection_made(bench.now)
    with pytest.raises(SessionError):
        bench.application.send_request(m.MonitorStop(monitor_cross_ref_id="00A1"), bench.now)
    with pytest.raises(SessionError):
        bench.switch.send_event(m.BackInService(monitor_cross_ref_id="00A1"), bench.now)


@requirement("D-10", LIFE)
def test_signs_of_life(bench: Bench) -> None:
    """Both sides give signs of life and answer them: an hour without calls leaves the link up."""
    bench.up().wait(3600)
    assert bench.application.close_wanted() is False
    assert bench.switch.close_wanted() is False
    assert bench.faults() == []


@requirement("D-11", LIFE)
def test_silence(bench: Bench) -> None:
    """A peer that falls silent is noticed within the heartbeats that the settings allow."""
    bench.up()
    bench.cut = True
    bench.wait(29)
    assert not bench.application.close_wanted()
    bench.wait(30 * 4 + 1)
    end = bench.down()
    assert end.ending is Ending.LOST
    assert end.reason


@requirement("D-12", LIFE)
@pytest.mark.parametrize(
    "status", [SystemStatusValue.MESSAGES_LOST, SystemStatusValue.OVERLOAD_REACHED, SystemStatusValue.DISABLED]
)
def test_states_of_the_switch(bench: Bench, status: SystemStatusValue) -> None:
    """What the switch says of itself is told on: lost messages, overload, disabled."""
    bench.up()
    bench.switch.send_request(m.SystemStatus(system_status=status), bench.now)
    bench.move()
    assert StatusReceived(status) in bench.told


@requirement("D-13", LIFE)
def test_release(bench: Bench) -> None:
    """A link that the application closes ends in good order, and both sides are ready to part."""
    bench.up()
    bench.application.close(bench.now)
    bench.move()
    assert bench.down().ending is Ending.CLOSED
    assert bench.application.close_wanted()
