"""Two ends offer and answer in any order: what each takes of it fits the other, and no number changes its meaning."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from media_service.engine.interface import Address, Encoding, SrtpProfile, Stream
from media_service.negotiation import Negotiation, Offering, Unusable
from media_service.security.identity import Security
from media_service.security.keying import SrtpPolicy
from sip.sdp import Direction, SessionDescription
from tests.unit.media_service.security.handshakes import identity

PROFILES = (SrtpProfile.AEAD_AES_256_GCM, SrtpProfile.AES_CM_128_HMAC_SHA1_80)
_APART = 1
"""So that a number of one is another codec's of the other."""
CODECS = st.lists(st.sampled_from(Encoding), min_size=1, unique=True).map(tuple)
ENDS = st.tuples(CODECS, st.sampled_from(SrtpPolicy), st.booleans(), st.booleans())


class End:
    """One end, with the descriptions that it has sent."""

    def __init__(self, port: int, wishes: tuple[tuple[Encoding, ...], SrtpPolicy, bool, bool]) -> None:
        codecs, policy, own_order, web = wishes
        self._count = 0
        offering = Offering(codecs, policy, PROFILES, own_order, web)
        self.policy = policy
        self.negotiation = Negotiation(port, offering, Security(self._random, identity(str(port % 2))))
        self.negotiation.address = Address("192.0.2.1", port)
        self.sent: list[SessionDescription] = []

    def _random(self, length: int) -> bytes:
        self._count += 1
        return bytes([self._count % 256, self.negotiation.address.port % 256]) * (length // 2)

    def keep(self, sdp: bytes) -> bytes:
        self.sent.append(SessionDescription.parse(sdp))
        return sdp

    @property
    def meanings(self) -> dict[int, set[tuple[str, int]]]:
        """What each payload type has stood for in all of them."""
        found: dict[int, set[tuple[str, int]]] = {}
        for described in self.sent:
            for codec in described.media[0].codecs:
                found.setdefault(codec.payload_type, set()).add(codec.key)
        return found


def elsewhere(number: int, by: int) -> int:
    """Another dynamic payload type for each."""
    return 96 + (number - 96 + by) % 32 if number >= 96 else number


def renumbered(sdp: bytes, by: int) -> bytes:
    """The description with other dynamic payload types: far ends choose their own."""
    described = SessionDescription.parse(sdp)
    lines = []
    for line in described.media:
        codecs = tuple(replace(codec, payload_type=elsewhere(codec.payload_type, by)) for codec in line.codecs)
        formats = tuple(str(elsewhere(int(text), by)) for text in line.formats)
        lines.append(replace(line, codecs=codecs, formats=formats))
    return replace(described, media=tuple(lines)).serialise()


def assert_fits(one: Stream, other: Stream, by: int) -> None:
    """``by`` is how far the numbers of ``one`` are from those of ``other``."""
    assert (one.encoding, one.payload_type) == (other.encoding, elsewhere(other.payload_type, by))
    digits = other.digit_payload_type
    assert one.digit_payload_type == (None if digits is None else elsewhere(digits, by))
    assert one.protected == other.protected
    assert (one.srtp is None) == (other.srtp is None)
    if one.srtp is not None and other.srtp is not None:
        assert (one.srtp.profile, one.srtp.sending) == (other.srtp.profile, other.srtp.receiving)
        assert one.srtp.receiving == other.srtp.sending


@given(ENDS, ENDS, st.lists(st.tuples(st.booleans(), st.sampled_from(Direction)), min_size=1, max_size=6))
@settings(deadline=None)
def test_what_each_end_takes_fits_the_other(
    first: tuple[tuple[Encoding, ...], SrtpPolicy, bool, bool],
    second: tuple[tuple[Encoding, ...], SrtpPolicy, bool, bool],
    offers: list[tuple[bool, Direction]],
) -> None:
    ends = End(4000, first), End(4002, second)
    agreed = False
    for by_second, direction in offers:
        offerer, answerer = ends if not by_second else ends[::-1]
        offer = offerer.keep(offerer.negotiation.offer(direction))
        by = _APART if by_second else -_APART
        answer = answerer.negotiation.answer(renumbered(offer, by))
        if isinstance(answer, Unusable):
            assert answer.status == 488
            assert not agreed, "what was agreed upon once is refused now"
            offerer.sent.pop()  # what was refused has settled no number
            continue
        taken = offerer.negotiation.take_answer(renumbered(answerer.keep(answer[0]), -by))
        assert isinstance(taken, Stream), taken
        agreed = True
        assert_fits(taken, answer[1], -by)
        assert (taken.sending, answer[1].sending) == (direction.sends, direction.receives)
        for end, stream in ((offerer, taken), (answerer, answer[1])):
            assert end.policy is not SrtpPolicy.REQUIRED or stream.srtp is not None or stream.protected
            assert end.policy is not SrtpPolicy.NEVER or (stream.srtp is None and not stream.protected)
    for end in ends:
        versions = [described.origin_version for described in end.sent]
        assert versions == sorted(versions)
        assert not agreed or all(len(kinds) == 1 for kinds in end.meanings.values()), end.meanings
