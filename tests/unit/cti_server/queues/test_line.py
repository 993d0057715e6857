"""The order of a line."""

from hypothesis import given
from hypothesis import strategies as st

from cti_server.queues.line import Line, Place
from cti_server.vocabulary.ids import ContactId

PLACES = st.lists(
    st.tuples(st.integers(1, 10), st.sampled_from([0.0, 1.0, 2.5]), st.integers(1, 50).map(ContactId)), unique=True
)


@given(places=PLACES, data=st.data())
def test_places_stay_in_order_and_positions_count_from_one(places: list[Place], data: st.DataObject) -> None:
    line = Line()
    for place in places:
        line.join(place)
    gone = data.draw(st.sets(st.sampled_from(places))) if places else set()
    for place in gone:
        line.leave(place)
    left = sorted(set(places) - gone)
    assert line.places == left
    assert [line.position(place) for place in left] == list(range(1, len(left) + 1))


def test_leaving_twice_or_without_a_place_takes_nobody_else_away() -> None:
    line = Line()
    line.join((5, 1.0, ContactId(1)))
    line.leave((5, 0.0, ContactId(9)))
    line.leave((5, 2.0, ContactId(9)))
    assert len(line.places) == 1


def test_priority_goes_before_age_and_age_before_number() -> None:
    line = Line()
    for place in ((5, 0.0, ContactId(3)), (1, 9.0, ContactId(4)), (5, 0.0, ContactId(2)), (5, -1.0, ContactId(5))):
        line.join(place)
    assert [number for _, _, number in line.places] == [4, 5, 2, 3]
