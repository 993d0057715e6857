import struct
from collections.abc import Callable

import pytest

from media_service.codecs import g711

Encode = Callable[[bytes], bytes]

# ITU-T G.711 tables 1a and 2a: the values of the codes where a segment begins and ends, scaled to 16 bits.
A_LAW_STEPS = [(0xD5, 8), (0xDA, 248), (0xC5, 264), (0xCA, 504), (0xF5, 528), (0xFA, 1008), (0xE5, 1056), (0xEA, 2016)]
A_LAW_STEPS += [(0x95, 2112), (0x9A, 4032), (0x85, 4224), (0x8A, 8064), (0xB5, 8448), (0xBA, 16128), (0xA5, 16896)]
A_LAW_STEPS += [(0xAA, 32256), (0x55, -8), (0x2A, -32256)]
MU_LAW_STEPS = [(0xFF, 0), (0xFE, 8), (0xF0, 120), (0xEF, 132), (0xE0, 372), (0xDF, 396), (0xD0, 876), (0xCF, 924)]
MU_LAW_STEPS += [(0xC0, 1884), (0xBF, 1980), (0xB0, 3900), (0xAF, 4092), (0xA0, 7932), (0x9F, 8316), (0x90, 15996)]
MU_LAW_STEPS += [(0x8F, 16764), (0x80, 32124), (0x7F, 0), (0x7E, -8), (0x00, -32124)]


def linear(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}h", *values)


@pytest.mark.parametrize(("code", "value"), A_LAW_STEPS)
def test_a_law_values_of_the_recommendation(code: int, value: int) -> None:
    assert g711.linear_from_a_law(bytes([code])) == linear(value)
    assert g711.a_law_from_linear(linear(value)) == bytes([code])


@pytest.mark.parametrize(("code", "value"), MU_LAW_STEPS)
def test_mu_law_values_of_the_recommendation(code: int, value: int) -> None:
    assert g711.linear_from_mu_law(bytes([code])) == linear(value)
    if code != 0x7F:  # the second zero of mu-law
        assert g711.mu_law_from_linear(linear(value)) == bytes([code])


@pytest.mark.parametrize(
    ("encode", "values", "zeros"),
    [
        (g711.mu_law_from_linear, g711.MU_LAW_VALUES, {0x7F}),
        (g711.a_law_from_linear, g711.A_LAW_VALUES, set()),
    ],
)
def test_every_code_but_a_second_zero_survives_the_round_trip(
    encode: Encode, values: tuple[int, ...], zeros: set[int]
) -> None:
    codes = bytes(code for code in range(256) if code not in zeros)
    assert encode(linear(*(values[code] for code in codes))) == codes


@pytest.mark.parametrize(
    ("encode", "values"),
    [(g711.mu_law_from_linear, g711.MU_LAW_VALUES), (g711.a_law_from_linear, g711.A_LAW_VALUES)],
)
def test_every_sample_gets_a_code_no_further_than_half_a_step_and_in_order(
    encode: Encode, values: tuple[int, ...]
) -> None:
    samples = range(-32768, 32768)
    heard = [values[code] for code in encode(linear(*samples))]
    assert heard == sorted(heard)
    ladder = sorted(set(values))
    step = {value: max(abs(value - other) for other in ladder[max(i - 1, 0) : i + 2]) for i, value in enumerate(ladder)}
    inside = range(-32000, 32001)
    assert all(abs(heard[sample + 32768] - sample) <= step[heard[sample + 32768]] / 2 + 4 for sample in inside)


def test_silence_is_the_code_of_zero() -> None:
    assert g711.mu_law_from_linear(bytes(2)) == g711.MU_LAW_SILENCE
    assert g711.a_law_from_linear(bytes(2)) == g711.A_LAW_SILENCE


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        g711.a_law_from_linear(b"\0\0\0")
