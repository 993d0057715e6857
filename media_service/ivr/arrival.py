"""What a session is told at its beginning: what the INVITE said, and what its caller gets whom nobody cares for."""

from dataclasses import dataclass

from media_service.control.messages import Session, VerbResult


@dataclass(frozen=True, slots=True)
class Fallback:
    """What a caller gets whom no CTI server cares for.

    After ``after`` seconds of neglect the call is answered and ``music`` plays for ``limit`` seconds at most, then the
    ``announcement``, and the call is released. Either may be ``None``.
    """

    after: float
    music: str | None
    limit: float
    announcement: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the INVITE said; ``at`` is Unix seconds. The fields are those of `Session`."""

    session: str
    port: str
    caller: str
    called: str
    sip_call_id: str
    at: float
    dialled: str = ""
    display: str = ""
    asserted: tuple[str, ...] = ()
    diverted_by: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    user_to_user: tuple[str, ...] = ()
    traceparent: str = ""

    def describe(
        self,
        *,
        state: str,
        verb: str | None,
        outcome: VerbResult | None,
        partner: str | None,
        room: str | None,
        recording: str | None,
    ) -> Session:
        """What a client is told of the session now."""
        return Session(
            id=self.session,
            port=self.port,
            state=state,
            caller=self.caller,
            called=self.called,
            sip_call_id=self.sip_call_id,
            arrived_at=self.at,
            verb=verb,
            outcome=outcome,
            partner=partner,
            room=room,
            recording=recording,
            dialled=self.dialled,
            display=self.display,
            asserted=self.asserted,
            diverted_by=self.diverted_by,
            history=self.history,
            user_to_user=self.user_to_user,
            traceparent=self.traceparent,
        )
