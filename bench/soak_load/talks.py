"""What people do in talks: hold, ask somebody, give the customer on, confer, listen; the PBX has it and tells it.

What happens while no server listens is not told afterwards. A PBX that gives a call another name does so only to
those who have heard of the consultation: nobody could follow it else.
"""

from collections.abc import Callable
from random import Random
from typing import Final

from bench.soak_load.calls import Call, Caller
from bench.soak_load.outside import Outside
from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.ids import AgentId, CallId, ContactId, DeviceNumber
from cti_server.vocabulary.values import CallRef, ReleasedBy, SupervisionRole

SHARES: Final = {
    "hold": 0.10,
    "ask and return": 0.04,
    "attended to agent": 0.03,
    "attended outside": 0.01,
    "blind to agent": 0.02,
    "blind to queue": 0.03,
    "blind outside": 0.01,
    "conference": 0.03,
    "ask a queue and return": 0.02,
    "attended to queue": 0.02,
    "conference with queue": 0.01,
}
"""In which share of the talks it happens; nothing of it does in the others."""
OUTSIDE_NUMBER: Final = DeviceNumber("00893000")
LISTENS: Final = 90.0
CALLED_IN: Final = 2.0
ASKS: Final = 800_000_000
"""From here on are the numbers of agents who ask a queue."""

Act = Callable[[Call, float], None]


class Talks:
    """Agents with a customer at the phone, beside the plain talk that the world outside has anyway.

    Args:
        outside: the PBX.
        chance: of who does what.
        phones: where agents are logged on.
        pilots: to which they give on.
    """

    def __init__(
        self,
        outside: Outside,
        chance: Random,
        phones: Callable[[], list[DeviceNumber]],
        pilots: Callable[[], list[DeviceNumber]],
    ) -> None:
        self._outside, self.chance, self._phones, self._pilots = outside, chance, phones, pilots
        self.done: dict[str, int] = {}
        self.listening: dict[tuple[ContactId, AgentId], tuple[Call, DeviceNumber]] = {}
        outside.on_talk, outside.on_gone, outside.supervise = self.begin, self._gone, self.supervise
        self._names = 0
        self._wants: dict[CallRef, Act] = {}
        """What those who ask a queue will do when somebody there has answered, by their own calls."""

    def begin(self, call: Call, now: float) -> None:
        """Somebody talks with the customer: see what they will do in that talk."""
        if call.caller.phone is not None:
            self._queue_answers(call, now)
            return
        chosen = self.chosen(call)
        if chosen is not None:
            self._soon(call, now, chosen[1], getattr(self, "_" + chosen[0].replace(" ", "_")))

    # --- chance -----------------------------------------------------------------------------------------------------

    def chosen(self, call: Call) -> tuple[str, float] | None:
        """What the agent will do in the talk, and after how many seconds; None where they just talk."""
        drawn = self.chance.random()
        for what, share in SHARES.items():
            drawn -= share
            if drawn < 0.0:
                return what, self.chance.uniform(0.1, 0.6) * call.caller.talk
        return None

    def dice(self, _call: Call) -> Random:
        """What the rest of what is done in a talk goes by."""
        return self.chance

    def colleague(self, _call: Call) -> DeviceNumber | None:
        """The phone of an agent who has no call."""
        free = [phone for phone in self._phones() if phone not in self._outside.busy]
        return self.chance.choice(free) if free else None

    def _soon(self, call: Call, now: float, seconds: float, act: Act) -> None:
        """Do it if the same talk goes on then."""
        turn = call.turn

        def do(at: float) -> None:
            same = self._outside.calls.get(call.ref) is call and call.turn == turn and call.talking is not None
            if same:
                act(call, at)

        self._outside.agenda.put(now + seconds, do)

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    # --- hold and consultation --------------------------------------------------------------------------------------

    def _hold(self, call: Call, now: float) -> None:
        self._count("hold")
        self._held(call, now, held=True)
        self._soon(call, now, self.dice(call).uniform(5.0, 90.0), lambda one, at: self._held(one, at, held=False))

    def _held(self, call: Call, now: float, *, held: bool) -> None:
        if call.talking is not None:
            call.places[call.talking] = "hold" if held else "connected"
            self._outside.tell_pbx(commands.ReportHeld(call=call.ref, device=call.talking, held=held), now)

    def _ask(self, call: Call, now: float, number: DeviceNumber, then: Act) -> None:
        """The agent asks somebody by a second call, and then does something about it."""
        device = call.talking
        if device is None or call.consulted is not None:
            return
        self._held(call, now, held=True)
        self._names += 1
        ref = CallRef(self._outside.link, CallId(f"ask{self._names}"))
        call.consulted = (ref, number)
        self._outside.others[ref] = {device: "connected", number: "connected"}
        self._take_phone(number, ref, now)
        asked = commands.ReportConsultation(call=call.ref, device=device, number=number, consultation=ref)
        call.known = self._outside.tell_pbx(asked, now)
        self._soon(call, now, self.dice(call).uniform(5.0, 40.0), then)

    def _ask_over(self, call: Call, now: float) -> None:
        """The second call is over, if there is one; the phone that was asked is free."""
        if call.consulted is not None:
            ref, number = call.consulted
            call.consulted = None
            self._outside.others.pop(ref, None)
            self._outside.end_call(ref, ReleasedBy.CUSTOMER, now)
            self._give_phone(number, ref, now)

    def _ask_and_return(self, call: Call, now: float) -> None:
        number = self.colleague(call) or OUTSIDE_NUMBER
        self._ask(call, now, number, self._return)

    def _return(self, call: Call, now: float) -> None:
        consulted = call.consulted
        if call.talking is None or consulted is None:
            return
        self._count("asked and returned")
        self._ask_over(call, now)
        self._back(call, consulted, now)

    def _back(self, call: Call, consulted: tuple[CallRef, DeviceNumber], now: float) -> None:
        """The agent has the customer alone again."""
        if call.talking is None:
            return
        over = commands.ReportConsultation(
            call=call.ref, device=call.talking, number=consulted[1], consultation=consulted[0], over=True
        )
        self._outside.tell_pbx(over, now)
        self._held(call, now, held=False)

    # --- a queue is asked -------------------------------------------------------------------------------------------

    def _ask_a_queue_and_return(self, call: Call, now: float) -> None:
        self._ask_queue(call, now, self._return)

    def _attended_to_queue(self, call: Call, now: float) -> None:
        self._ask_queue(call, now, self._join)

    def _conference_with_queue(self, call: Call, now: float) -> None:
        self._ask_queue(call, now, self._confer)

    def _ask_queue(self, call: Call, now: float, then: Act) -> None:
        """The agent calls a pilot like a customer; some give the customer on before anybody has answered there."""
        device, dice = call.talking, self.dice(call)
        if device is None or call.consulted is not None:
            return
        self._count("asked a queue")
        self._held(call, now, held=True)
        number, pilot = ASKS + 10 * call.caller.number + call.turn % 10, dice.choice(self._pilots())
        ref = CallRef(self._outside.link, CallId(f"c{number}"))
        call.consulted, self._wants[ref] = (ref, pilot), then
        call.known = self._tell_asked(call, now)
        patience = dice.uniform(20.0, 200.0)
        asker = Caller(number=number, pilot=pilot, key="1", patience=patience, talk=600.0, phone=device)
        self._outside.call_in(asker, now)
        if dice.random() < 0.2:
            self._soon(call, now, dice.uniform(5.0, 40.0), self._join)

    def _tell_asked(self, call: Call, now: float) -> bool:
        if call.talking is None or call.consulted is None:
            return False
        ref, number = call.consulted
        asked = commands.ReportConsultation(call=call.ref, device=call.talking, number=number, consultation=ref)
        return self._outside.tell_pbx(asked, now)

    def _queue_answers(self, asked: Call, now: float) -> None:
        """Whom the agent asked there talks with them; the PBX tells of that call once more."""
        call = self._who_asked(asked)
        if call is not None:
            call.known = self._tell_asked(call, now) or call.known
            self._soon(call, now, self.dice(call).uniform(5.0, 40.0), self._wants.pop(asked.ref, self._return))

    def _who_asked(self, asked: Call) -> Call | None:
        found = self._outside.calls.values()
        return next((one for one in found if one.consulted is not None and one.consulted[0] == asked.ref), None)

    def _absorb(self, asked: Call, now: float) -> None:
        """The call to a queue becomes a part of the customer's."""
        self._wants.pop(asked.ref, None)
        self._nobody_listens(asked, now, "the call is over")
        self._outside.absorb(asked)

    # --- giving on --------------------------------------------------------------------------------------------------

    def _attended_to_agent(self, call: Call, now: float) -> None:
        number = self.colleague(call)
        if number is not None:
            self._ask(call, now, number, self._join)

    def _attended_outside(self, call: Call, now: float) -> None:
        self._ask(call, now, OUTSIDE_NUMBER, self._join)

    def _join(self, call: Call, now: float) -> None:
        """The agent lays the two calls together: one call, by another name where that can be followed.

        Of a queue the PBX names the pilot that was called, or the phone where it was answered.
        """
        if call.consulted is None or call.talking is None:
            return
        consultation, number = call.consulted
        asked = self._outside.calls.get(consultation)
        if asked is not None and asked.ringing is not None:
            self._return(call, now)
            return
        what = "attended outside" if number == OUTSIDE_NUMBER else "attended to agent"
        to, before, device = number, call.ref, call.talking
        self._outside.others.pop(consultation, None)
        call.consulted = None
        if asked is not None:
            what = "attended to queue"
            number = asked.talking or number
            to = self.dice(call).choice((number, to))
            self._absorb(asked, now)
        self._count(what)
        if call.known:
            self._outside.rename(call, CallRef(call.ref.link, CallId(f"{call.ref.call}+")))
        self._bring(call, number, now)
        told = commands.ReportTransferred(
            call=call.ref, device=device, to=to, connected=True, before=before, joined=consultation
        )
        self._outside.tell_pbx(told, now)
        self._outside.phone_free(number, now)
        self.look_for_lost(now)

    def _blind_to_agent(self, call: Call, now: float) -> None:
        number = self.colleague(call)
        if number is not None:
            self._give_on(call, now, number, "blind to agent")

    def _blind_outside(self, call: Call, now: float) -> None:
        self._give_on(call, now, OUTSIDE_NUMBER, "blind outside")

    def _blind_to_queue(self, call: Call, now: float) -> None:
        self._give_on(call, now, self.dice(call).choice(self._pilots()), "blind to queue")

    def _give_on(self, call: Call, now: float, number: DeviceNumber, what: str) -> None:
        device = call.talking
        if device is None or call.consulted is not None:
            return
        self._count(what)
        self._bring(call, number, now)
        told = commands.ReportTransferred(call=call.ref, device=device, to=number, connected=False, before=call.ref)
        self._outside.tell_pbx(told, now)
        self.look_for_lost(now)

    def _bring(self, call: Call, number: DeviceNumber, now: float) -> None:
        """The call is elsewhere now: with another agent, at a pilot, or outside."""
        outside = self._outside
        outside.busy = {device: ref for device, ref in outside.busy.items() if ref != call.ref}
        self._nobody_listens(call, now, "the call was given on")
        call.turn += 1
        trunk = outside.trunk(call)
        if number in self._pilots():
            call.places, call.talking = {trunk: "connected", number: "queued"}, None
            outside.waits(call, now)
            return
        call.places = {trunk: "connected", number: "connected"}
        call.talking, call.away = (None, True) if number == OUTSIDE_NUMBER else (number, False)
        if call.talking is not None:
            outside.busy[number] = call.ref
        outside.talks(call, call.caller.talk * 0.6, now)

    def look_for_lost(self, now: float) -> None:
        """Calls that are with a phone where no agent is logged on: those are nobody's."""
        if not self._outside.heard:
            return
        phones = set(self._phones())
        for call in list(self._outside.calls.values()):
            if call.talking is not None and not call.lost and call.talking not in phones:
                call.lost = True
                self._outside.phone_busy(call.talking, call.ref, now)

    # --- conference -------------------------------------------------------------------------------------------------

    def _conference(self, call: Call, now: float) -> None:
        number = self.colleague(call) if self.dice(call).random() < 0.7 else OUTSIDE_NUMBER
        if number is not None:
            self._ask(call, now, number, self._confer)

    def _confer(self, call: Call, now: float) -> None:
        if call.consulted is None or call.talking is None:
            return
        ref, number = call.consulted
        asked = self._outside.calls.get(ref)
        if asked is not None:
            if asked.talking is None:
                self._return(call, now)
                return
            number = asked.talking
            call.consulted = ref, number
            self._absorb(asked, now)
            self._outside.busy[number] = ref
        self._count("conference" if asked is None else "conference with queue")
        self._outside.others.pop(ref, None)
        call.places[call.talking] = call.places[number] = "connected"
        told = commands.ReportConference(call=call.ref, devices=(call.talking, number))
        self._outside.tell_pbx(told, now)
        if asked is not None:
            self._take_phone(number, ref, now)
        stays = self.dice(call).random() < 0.5
        leave = self._third_leaves if stays else self._agent_leaves
        self._soon(call, now, self.dice(call).uniform(10.0, 60.0), leave)

    def _third_leaves(self, call: Call, now: float) -> None:
        if call.consulted is not None and call.talking is not None:
            number = call.consulted[1]
            call.places.pop(number, None)
            self._ask_over(call, now)
            self._outside.tell_pbx(commands.ReportConference(call=call.ref, devices=(call.talking,)), now)

    def _agent_leaves(self, call: Call, now: float) -> None:
        """The agent hangs up, and the third has the customer."""
        if call.consulted is not None and call.talking is not None:
            number = call.consulted[1]
            call.consulted = None
            self._bring(call, number, now)
            self._outside.tell_pbx(commands.ReportConference(call=call.ref, devices=(number,)), now)
            self._outside.phone_free(number, now)
            self.look_for_lost(now)

    # --- supervision ------------------------------------------------------------------------------------------------

    def supervise(self, effect: effects.SuperviseCall, now: float) -> None:
        """The supervisor's phone is called and brought into the talk, or out of it."""
        key = effect.contact, effect.supervisor
        if effect.role is None:
            self._leave(key, "as wished", now)
            return

        def come(at: float) -> None:
            call = self._outside.calls.get(effect.call)
            free = key in self.listening or effect.device not in self._outside.busy
            if call is None or call.talking is None or not free or not self._outside.heard:
                self._tell_listener(key, None, "the call or the phone is not there", at)
                return
            if key not in self.listening:
                self._count("supervision")
                self.listening[key] = call, effect.device
                self._take_phone(effect.device, call.ref, at)
                self._soon(
                    call, at, self.dice(call).expovariate(1 / LISTENS), lambda _, later: self._leave(key, "", later)
                )
            self._tell_listener(key, effect.role, "", at)

        self._outside.agenda.put(now + CALLED_IN, come)

    def tell_forgotten(self, known: list[tuple[ContactId, AgentId]], now: float) -> None:
        """After a restart: whoever does not listen any more is told."""
        for key in known:
            if key not in self.listening:
                self._tell_listener(key, None, "the server was restarted", now)

    def _leave(self, key: tuple[ContactId, AgentId], reason: str, now: float) -> None:
        found = self.listening.pop(key, None)
        if found is not None:
            self._outside.phone_free(found[1], now)
        self._tell_listener(key, None, reason or "hung up", now)

    def _tell_listener(
        self, key: tuple[ContactId, AgentId], role: SupervisionRole | None, reason: str, now: float
    ) -> None:
        told = commands.ReportSupervision(contact=key[0], supervisor=key[1], role=role, reason=reason)
        self._outside.tell_pbx(told, now)

    def _nobody_listens(self, call: Call, now: float, reason: str) -> None:
        for key in [key for key, (one, _) in self.listening.items() if one is call]:
            self._leave(key, reason, now)

    # --- phones -----------------------------------------------------------------------------------------------------

    def _take_phone(self, number: DeviceNumber, ref: CallRef, now: float) -> None:
        if number != OUTSIDE_NUMBER:
            self._outside.phone_busy(number, ref, now)

    def _give_phone(self, number: DeviceNumber, ref: CallRef, now: float) -> None:
        if self._outside.busy.get(number) == ref:
            self._outside.phone_free(number, now)

    def _gone(self, call: Call, now: float) -> None:
        """The customer's call is over: nobody listens to it, and who was asked is alone with the agent for a moment.

        Where it was an agent's own call to a queue, that agent has the customer alone again.
        """
        self._ask_over(call, now)
        self._nobody_listens(call, now, "the call is over")
        who = self._who_asked(call) if call.caller.phone is not None else None
        self._wants.pop(call.ref, None)
        if who is not None and who.consulted is not None:
            consulted, who.consulted = who.consulted, None
            self._back(who, consulted, now)
