"""What a server begins with: the store opened, the state folded, the lease held, or another server's followed."""

from collections.abc import Sequence
from dataclasses import dataclass

from cti_server.engine.state import State
from cti_server.runtime.recorder import Recorder
from cti_server.settings import ServerSettings
from cti_server.storage.pair import Candidate, Pair
from cti_server.storage.parties import PartyBook
from cti_server.storage.spill import SPILL, take_in
from cti_server.storage.store import Store
from cti_server.vocabulary.ids import PartyId

KNOWN_PARTIES = 20_000


@dataclass(frozen=True, slots=True)
class Known:
    """The first number that no party has, and the parties to begin with."""

    next_id: int
    parties: Sequence[tuple[PartyId, str]]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the storage thread found; ``pair`` is there where this is one of two servers, and does not act yet."""

    store: Store
    recorder: Recorder
    seq: int
    state: State
    parties: PartyBook
    pair: Pair | None = None


def open_store(settings: ServerSettings) -> Opened:
    """Open the store and fold the state; blocks.

    Raises:
        StorageError: the database cannot be used, or is another server's.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.database)
    try:
        pair = _join(store, settings)
        recorder = Recorder(store)
        if pair is None:
            store.become_writer()
            take_in(store.journal, settings.data / SPILL)
        seq, state = recorder.load()
        known = known_parties(store, state)
        parties = PartyBook(known.next_id, known=known.parties)
    except BaseException:
        store.close()
        raise
    return Opened(store, recorder, seq, state, parties, pair)


def known_parties(store: Store, state: State) -> Known:
    """The newest parties, and those whom open contacts are with or are to call; blocks."""
    found = {one.party for one in state.contacts.values()}
    found |= {one.callback.called for one in state.contacts.values() if one.callback is not None}
    wanted = {party for party in found if party is not None}
    return Known(store.parties.next_id(), store.parties.latest(KNOWN_PARTIES) + store.parties.those(wanted))


def _join(store: Store, settings: ServerSettings) -> Pair | None:
    if settings.standby is None:
        return None
    one = settings.standby
    return store.pair(Candidate(name=one.own_name, address=one.own_address, seconds=one.lease))
