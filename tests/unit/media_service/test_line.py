import pytest

from media_service.line import dtmf_relay_digit


@pytest.mark.parametrize(
    ("content_type", "body", "digit"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", "5"),
        ("Application/DTMF-Relay; x=y", b"Duration= 160\nSignal= #\n", "#"),
        ("application/dtmf-relay", b"Signal=a\r\n", "A"),
        ("application/dtmf", b"7", "7"),
        ("application/dtmf", b"77", ""),
        ("application/dtmf", b"\xff", ""),
        ("application/dtmf-relay", b"Signal=16\r\n", ""),
        ("application/dtmf-relay", b"", ""),
        ("text/plain", b"Signal=5", ""),
    ],
)
def test_digits_in_info(content_type: str, body: bytes, digit: str) -> None:
    assert dtmf_relay_digit(content_type, body) == digit
