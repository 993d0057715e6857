"""The comparison of a switch with its dialect, with a switch of paper."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from csta import messages as m
from csta.dialects.openscape_business import DIALECT as BUSINESS
from csta.dialects.openscape_voice import DIALECT as VOICE
from csta.errors import LinkLost, MessageError, RequestRejected, RequestTimedOut, ServiceRefused
from csta.messages import Request, Response
from csta.messages.capabilities.call_services import CallControlServList
from csta.messages.capabilities.limits import MaxLengthParameters
from csta.messages.capabilities.lists import SupportedServices
from csta.messages.capabilities.switch import MonitoringServList
from csta.states import SystemStatusValue
from cti_server.cli.asking import Refusal, Way, _refusal
from cti_server.cli.csta.probe import Verdict, explore, listed, trials


@dataclass
class PaperAsker:
    """Answers as it is told to; what it is not told of it does not know."""

    answers: dict[type[Request], Callable[[], Response | Refusal]]
    status: SystemStatusValue | None = SystemStatusValue.NORMAL
    asked: list[str] = field(default_factory=list)

    async def ask(self, request: Request) -> Response | Refusal:
        self.asked.append(type(request).__name__)
        answer = self.answers.get(type(request))
        return Refusal("operation/serviceNotSupported", unsupported=True) if answer is None else answer()


def explored(asker: PaperAsker, way: Way, device: str = "") -> tuple[dict[str, Verdict], dict[str, str]]:
    paper: Any = asker
    done: Deferred[Any] = Deferred.fromCoroutine(explore(paper, way, device))
    found: list[Any] = []
    done.addCallback(found.append)
    done.addErrback(lambda failure: found.append(failure.value))
    assert not isinstance(found[0], BaseException), found
    verdicts, facts = found[0]
    return {one.service: one for one in verdicts}, dict(facts)


VOICE_WAY = Way(host="h", port=1, dialect=VOICE)
NOTHING: frozenset[Any] = frozenset()


def test_without_a_device_only_the_switch_is_asked() -> None:
    asker = PaperAsker({})
    verdicts, _ = explored(asker, VOICE_WAY)
    assert asker.asked == ["RequestSystemStatus", "GetSwitchingFunctionCaps", "GetCSTAFeatures"]
    assert verdicts["DeflectCall"] == Verdict("DeflectCall", True, None, "not tried: it would change something")
    assert verdicts["SystemRegister"].switch is True
    assert verdicts["SystemStatus"].switch is True


def test_a_monitor_is_stopped_again() -> None:
    started = m.MonitorStartResponse(monitor_cross_ref_id="7")
    asker = PaperAsker({m.MonitorStart: lambda: started, m.MonitorStop: m.MonitorStopResponse})
    verdicts, _ = explored(asker, VOICE_WAY, "7101")
    assert asker.asked[-2:] == ["MonitorStart", "MonitorStop"]
    assert not verdicts["MonitorStart"].differs
    assert verdicts["SnapshotDevice"].differs


def test_a_refusal_for_another_reason_shows_that_the_service_is_known() -> None:
    asker = PaperAsker({m.SnapshotDevice: lambda: Refusal("operation/invalidDeviceID")})
    verdicts, _ = explored(asker, VOICE_WAY, "7999")
    assert verdicts["SnapshotDevice"] == Verdict(
        "SnapshotDevice", True, True, "known, but refused: operation/invalidDeviceID"
    )


def test_silence_says_nothing() -> None:
    asker = PaperAsker({m.GetForwarding: lambda: Refusal("no answer within 8 s")}, status=None)
    verdicts, _ = explored(asker, Way(host="h", port=1, dialect=BUSINESS), "101")
    assert verdicts["GetForwarding"].switch is None
    assert not verdicts["GetForwarding"].differs
    assert verdicts["SystemStatus"].switch is None


def test_a_list_of_capabilities_decides_on_what_cannot_be_tried() -> None:
    services = SupportedServices(
        call_control_serv_list=CallControlServList(deflect_call=NOTHING, single_step_transfer=NOTHING),
        monitoring_serv_list=MonitoringServList(monitor_start=NOTHING, monitor_stop=NOTHING),
    )
    answer = m.GetCSTAFeaturesResponse(supported_services=services)
    assert listed(answer) == {"DeflectCall", "SingleStepTransferCall", "MonitorStart", "MonitorStop"}
    verdicts, _ = explored(PaperAsker({m.GetCSTAFeatures: lambda: answer}), VOICE_WAY)
    assert verdicts["DeflectCall"].switch is True
    assert verdicts["AnswerCall"] == Verdict("AnswerCall", True, False, "by its list of capabilities")
    assert verdicts["AnswerCall"].differs
    assert verdicts["GetCSTAFeatures"].differs


def test_what_the_switch_says_of_itself_is_told() -> None:
    answer = m.GetSwitchingFunctionCapsResponse(
        manufacturer_name="Acme", switching_sub_domain_name="lab", max_length_parameters=MaxLengthParameters()
    )
    _, facts = explored(PaperAsker({m.GetSwitchingFunctionCaps: lambda: answer}), VOICE_WAY)
    assert facts == {"manufacturer": "Acme", "sub-domain": "lab"}


def test_the_questions_change_nothing() -> None:
    harmless = ("Get", "Snapshot", "RequestSystemStatus")
    assert all(type(request).__name__.startswith(harmless) for request in trials("7101"))


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (ServiceRefused("operation", "invalidDeviceID"), Refusal("operation/invalidDeviceID")),
        (
            ServiceRefused("operation", "serviceNotSupported"),
            Refusal("operation/serviceNotSupported", unsupported=True),
        ),
        (ServiceRefused("unspecified", ""), Refusal("unspecified")),
        (RequestTimedOut("late"), Refusal("no answer within 8 s")),
        (LinkLost("gone"), Refusal("gone", lost=True)),
        (MessageError("garbled"), Refusal("garbled")),
    ],
)
def test_what_goes_wrong_is_a_value(fault: Any, refusal: Refusal) -> None:
    assert _refusal(fault) == refusal


def test_a_reject_of_rose_means_not_supported() -> None:
    assert _refusal(RequestRejected("invoke", 1)).unsupported
    assert not _refusal(RequestRejected("result", 1)).unsupported
