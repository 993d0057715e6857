"""Calls that the service places, transfers, and trunks: real SIP and control door, an engine without packets."""

from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.control.messages import Answer, Bridge, Hangup, Play, Transfer, Utterance
from sip.events import Ended, ReferReceived, Refused
from tests.unit.media_service.driving import drive, pause, until
from tests.unit.media_service.peers import Phone
from tests.unit.media_service.test_calls import housed, talking
from tests.unit.media_service.test_service import House

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRUNK = {"peers": ["127.0.0.0/8"], "numbers": ["ivr", "4930*"], "lines": 2}


def registered(house: House) -> Any:
    return until(house.reactor, lambda: all(port.registered for port in house.cti.ports.values()))


def test_a_call_is_placed_from_a_registered_port_and_given_up() -> None:
    async def story(house: House) -> None:
        await registered(house)
        _, one = await talking(house, "7001", 1)
        verb = house.cti.place("7201", session="out-1", caller="555", display="Callwright", beside=one)
        await until(house.reactor, lambda: len(house.cti.arrived) == 2)
        arrived = house.cti.arrived[1]
        assert (arrived.id, arrived.state, arrived.port, arrived.caller) == ("out-1", "calling", "7002", "555")
        assert house.cti.ports["7002"].session == "out-1"
        assert await house.cti.done("out-1", Hangup()) == ("finished", "")
        assert (await house.cti.outcome(verb)).result == "stopped"
        assert house.cti.ports["7002"].session is None
        assert (await house.cti.outcome(house.cti.place("1", session="x", port="7001"))).detail == "no port is free"

    housed(story)


def test_a_call_over_the_trunk_is_placed_and_bridged() -> None:
    async def run(reactor: AsyncioSelectorReactor) -> None:
        away = Phone(reactor)
        await away.endpoint.start()
        trunk = {**TRUNK, "gateway": f"127.0.0.1:{away.endpoint.port}"}
        house = await House(reactor, settings={"trunk": trunk}).open(())
        await house.connected()
        leg = await house.call("ivr")
        one = (await house.cti.session()).id
        assert await house.cti.done(one, Answer()) == ("finished", "")
        called = {"caller": "555", "display": "Callwright", "beside": one, "traceparent": TRACE}
        verb = house.cti.place("493012345", session="out", **called)
        assert (await house.cti.outcome(verb)).result == "finished"
        invite = away.invites[0].request
        assert (invite.target.user, invite.from_.uri.user, invite.from_.display) == ("493012345", "555", "Callwright")
        assert invite.headers.all("traceparent") == [TRACE]
        assert (house.cti.changed[0].state, house.cti.changed[0].traceparent) == ("answered", "")
        assert house.engine.streams["out"][-1].remote.port == 45_000
        assert await house.cti.done(one, Bridge("out")) == ("finished", "")
        again = house.cti.place("493012345", session="out")
        assert (await house.cti.outcome(again)).detail == "another session has that name"
        assert await house.cti.done("out", Hangup()) == ("finished", "")
        await until(reactor, lambda: away.of(Ended, away.invites[0].leg))
        assert house.engine.bridged == {}
        house.caller.hangup(leg)
        await until(reactor, lambda: len(house.cti.ended) == 2)
        await away.endpoint.stop()
        await house.close()

    drive(run)


def test_placed_calls_that_do_not_come_about() -> None:
    async def run(reactor: AsyncioSelectorReactor) -> None:
        away = Phone(reactor, 486)
        await away.endpoint.start()
        trunk = {**TRUNK, "gateway": f"127.0.0.1:{away.endpoint.port}"}
        house = await House(reactor, settings={"trunk": trunk}).open(())
        await house.connected()
        outcome = await house.cti.outcome(house.cti.place("4930", session="a"))
        assert (outcome.result, outcome.status) == ("failed", 486)
        away.status = 180
        verb = house.cti.place("4930", session="b", timeout=1.0)
        outcome = await house.cti.outcome(verb)
        assert (outcome.result, outcome.status) == ("timeout", 408)
        await until(reactor, lambda: away.of(Ended, away.invites[1].leg))
        verb = house.cti.place("4930", session="c")
        await until(reactor, lambda: len(away.invites) == 3)
        assert await house.cti.done("c", Hangup()) == ("finished", "")
        assert (await house.cti.outcome(verb)).result == "stopped"
        for target, name in (("no number at all", "d"), ("", "e"), ("tel:", "f")):
            assert (await house.cti.outcome(house.cti.place(target, session=name))).result == "failed"
        assert "name" in (await house.cti.outcome(house.cti.place("4930", session="../x"))).detail
        for wrong in ("ff" + TRACE[2:], "nonsense"):
            outcome = await house.cti.outcome(house.cti.place("4930", session=wrong[:2], traceparent=wrong))
            assert outcome.detail == "the traceparent is none (W3C Trace Context 3.2)"
        assert house.service.trunk is not None
        await until(reactor, lambda: house.service.trunk is not None and house.service.trunk.free == 2)
        await away.endpoint.stop()
        await house.close()

    drive(run)


def test_a_wish_that_comes_again_places_one_call() -> None:
    async def run(reactor: AsyncioSelectorReactor) -> None:
        away = Phone(reactor)
        await away.endpoint.start()
        trunk = {**TRUNK, "gateway": f"127.0.0.1:{away.endpoint.port}"}
        house = await House(reactor, settings={"trunk": trunk}).open(())
        await house.connected()
        verb = house.cti.place("4930", session="a")
        await house.cti.outcome(verb)
        house.cti._count -= 1  # the same identity once more
        assert house.cti.place("4930", session="a") == verb
        await until(reactor, lambda: len([each for each in house.cti.verbs if each.id == verb]) == 2)
        assert len(away.invites) == 1
        await away.endpoint.stop()
        await house.close()

    drive(run)


def test_who_may_call_over_the_trunk() -> None:
    async def run(reactor: AsyncioSelectorReactor) -> None:
        house = await House(reactor, settings={"trunk": TRUNK}).open(())
        await house.connected()
        await house.call("ivr")
        first = await house.cti.session()
        assert (first.port, first.dialled, first.called) == ("trunk-1", "ivr", "7000")
        leg = await house.call("493055")
        assert (await house.cti.session(2)).port == "trunk-2"
        assert await house.caller.refused(await house.call("9999")) == 404
        full = await house.call("ivr")
        assert await house.caller.refused(full) == 503
        assert house.caller.of(Refused, full)[0].response.headers.get("Retry-After") == "5"
        house.caller.hangup(leg)
        await until(reactor, lambda: house.cti.ended)
        await house.call("ivr")
        assert (await house.cti.session(3)).port == "trunk-2"
        await house.close()

    drive(run)


def test_a_stranger_may_not_call_over_the_trunk() -> None:
    async def run(reactor: AsyncioSelectorReactor) -> None:
        house = await House(reactor, settings={"trunk": {**TRUNK, "peers": ["192.0.2.1"]}}).open(())
        assert await house.caller.refused(await house.call("ivr")) == 403
        await house.close()

    drive(run)


async def referred(house: House, leg: Any) -> ReferReceived:
    found = await until(house.reactor, lambda: house.caller.of(ReferReceived, leg))
    assert isinstance(found[0], ReferReceived)
    return found[0]


def test_a_blind_transfer_that_succeeds() -> None:
    async def story(house: House) -> None:
        leg, session = await talking(house, "7001", 1)
        verb = house.cti.do(session, Transfer("7205"))
        event = await referred(house, leg)
        assert (event.target.user, event.target.host, event.replaces) == ("7205", "lab.example", None)
        agent, endpoint = house.caller.agent, house.caller.endpoint
        endpoint.call(lambda now: agent.accept_refer(event.key, now))
        endpoint.call(lambda now: agent.tell_refer(event.key, 180, "Ringing", now))
        await pause(house.reactor, 0.1)
        assert verb not in {each.id for each in house.cti.verbs}
        endpoint.call(lambda now: agent.tell_refer(event.key, 200, "OK", now))
        outcome = await house.cti.outcome(verb)
        assert (outcome.result, outcome.status) == ("finished", 200)
        assert (await house.caller.ended(leg)).by == "remote"
        assert house.cti.ended[0].detail == "transferred"

    housed(story)


def test_a_transfer_that_fails_or_is_refused() -> None:
    async def story(house: House) -> None:
        leg, session = await talking(house, "7001", 1)
        verb = house.cti.do(session, Transfer("sip:7205@elsewhere.example"))
        event = await referred(house, leg)
        assert event.target.host == "elsewhere.example"
        agent, endpoint = house.caller.agent, house.caller.endpoint
        endpoint.call(lambda now: agent.accept_refer(event.key, now))
        endpoint.call(lambda now: agent.tell_refer(event.key, 486, "Busy Here", now))
        outcome = await house.cti.outcome(verb)
        assert (outcome.result, outcome.status) == ("failed", 486)
        house.caller.heard.clear()
        verb = house.cti.do(session, Transfer("7205"))
        event = await referred(house, leg)
        endpoint.call(lambda now: agent.refuse_refer(event.key, 603, now))
        assert (await house.cti.outcome(verb)).status == 603
        outcome = await house.cti.outcome(house.cti.do(session, Transfer("no such thing")))
        assert "neither a number" in outcome.detail
        outcome = await house.cti.outcome(house.cti.do(session, Transfer(replaces="nobody")))
        assert outcome.status == 481
        verb = house.cti.do(session, Play((Utterance(prompt="welcome"),)))
        await until(house.reactor, lambda: session in house.engine.playing)

    housed(story)


def test_an_attended_transfer_names_the_other_call() -> None:
    async def story(house: House) -> None:
        leg, one = await talking(house, "7001", 1)
        other, two = await talking(house, "7002", 2)
        house.cti.do(one, Transfer(replaces=two))
        event = await referred(house, leg)
        assert event.replaces is not None
        assert event.replaces.call_id == house.caller.agent.call_id(other)

    housed(story)


def test_a_call_that_takes_the_place_of_another_at_its_port() -> None:
    async def story(house: House) -> None:
        leg, session = await talking(house, "7001", 1)
        answered = house.caller.agent
        dialog = next(each for each in house.caller.heard if getattr(each, "leg", None) == leg)
        assert dialog
        request = next(each for each in house.service.line._agent._legs.values())
        tags = (request.call_id, request.dialog.local_tag, request.dialog.remote_tag)
        replaces = f"{tags[0]};to-tag={tags[1]};from-tag={tags[2]}"
        port = house.service.line.port
        from sip.events import Endpoint  # noqa: PLC0415
        from sip.uri import SipUri  # noqa: PLC0415

        house.caller.endpoint.call(
            lambda now: answered.invite(
                target=SipUri(user="7001", host="127.0.0.1", port=port),
                sdp=house.caller.offer(),
                from_user="7209",
                proxy=Endpoint("127.0.0.1", port),
                headers=[("Replaces", replaces)],
                now=now,
            )
        )
        second = await house.cti.session(2)
        assert await house.cti.done(second.id, Answer()) == ("finished", "")
        await house.caller.ended(leg)
        await until(house.reactor, lambda: house.cti.ended)
        assert house.cti.ended[0].session == session
        assert house.cti.ports["7001"].session == second.id

    housed(story)
