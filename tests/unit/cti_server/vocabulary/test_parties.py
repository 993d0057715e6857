"""References to customers' addresses: whatever is hidden comes back as it was, and only for its own party."""

from hypothesis import given
from hypothesis import strategies as st

from cti_server.vocabulary.ids import PartyId
from cti_server.vocabulary.outside import DatabaseLookUp, SendMail
from cti_server.vocabulary.parties import hidden, nobody, number_in, revealed

PARTY, NUMBER = PartyId(17), "+4989123456"


def test_numbers_are_hidden_however_deep() -> None:
    asked = DatabaseLookUp(query="customer", parameters={"number": NUMBER, "level": 3, "text": f"from {NUMBER}!"})
    kept = hidden(asked, PARTY, NUMBER)
    assert kept.parameters == {"number": "{party:17}", "level": 3, "text": "from {party:17}!"}
    assert revealed(kept, PARTY, NUMBER) == asked
    mail = SendMail(to=("box@example.org",), subject=f"tel:{NUMBER}", text="")
    assert hidden(mail, PARTY, NUMBER).subject == "tel:{party:17}"


def test_a_part_of_a_longer_word_is_no_number() -> None:
    assert hidden("order 71012 of 7101", PARTY, "7101") == "order 71012 of {party:17}"
    assert hidden(("20 seconds", "20"), PARTY, "20") == ("20 seconds", "{party:17}")


def test_only_references_to_the_own_party_are_resolved() -> None:
    assert revealed("{party:18} {party:17}", PARTY, NUMBER) == f"{{party:18}} {NUMBER}"
    assert revealed("from {party:17}", PARTY, None) == "from "
    assert revealed("from {party:17}", None, NUMBER) == "from {party:17}"
    assert hidden(NUMBER, None, NUMBER) == hidden(NUMBER, PARTY, None) == NUMBER


def test_addresses() -> None:
    assert (number_in("tel:+49"), number_in("7101"), nobody(PARTY)) == ("+49", "7101", None)


TEXTS = st.text("0123456789+ ab", max_size=30)


@given(st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers(), st.none(), st.tuples(TEXTS))), TEXTS.filter(bool))
def test_what_is_hidden_comes_back(values: dict[str, object], number: str) -> None:
    kept = hidden(values, PARTY, number)
    assert revealed(kept, PARTY, number) == values
    assert number not in kept.values()
