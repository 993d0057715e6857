"""Digest authentication against the examples of the RFCs, and both our sides against each other."""

import hashlib

import pytest

from sip.digest import Challenge, Challenger, Credentials, Verdict, authorization, choose_challenges
from sip.errors import SipSyntaxError

MUFASA = Credentials("Mufasa", "Circle of Life")
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm: str, response: str) -> None:
    challenge = Challenge(
        "http-auth@example.org", NONCE, algorithm, "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", ("auth",)
    )
    value = authorization(
        challenge,
        MUFASA,
        method="GET",
        uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert f'response="{response}"' in value
    assert "nc=00000001" in value


def test_the_example_of_rfc_2617_without_qop() -> None:
    challenge = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093")
    value = authorization(
        challenge, Credentials("Mufasa", "Circle Of Life"), method="GET", uri="/dir/index.html", cnonce="x"
    )
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in value
    assert "qop" not in value


def test_challenges_are_read_and_written() -> None:
    text = 'Digest realm="a, b", nonce="n\\"1", algorithm=SHA-256, opaque="", qop="auth,auth-int", stale=TRUE'
    challenge = Challenge.parse(text)
    assert challenge == Challenge("a, b", 'n"1', "SHA-256", "", ("auth", "auth-int"), stale=True)
    assert Challenge.parse(str(challenge)) == challenge
    for bad in ("Basic realm=x", "Digest realm=x", "Digest"):
        with pytest.raises(SipSyntaxError):
            Challenge.parse(bad)


def test_the_first_challenge_that_can_be_answered_is_chosen() -> None:
    values = [
        "Basic realm=x",
        'Digest realm="x", nonce="1", algorithm=SHA-1',
        'Digest realm="x", nonce="2", algorithm=MD5, qop="token"',
        'Digest realm="x", nonce="3", algorithm=SHA-256',
        'Digest realm="x", nonce="4"',
    ]
    [(chosen, _)] = choose_challenges(values, [MUFASA])
    assert chosen.nonce == "3"
    assert choose_challenges(values, [Credentials("a", "b", realm="other")]) == []


def test_each_realm_is_answered_by_its_own_credentials_or_those_of_any() -> None:
    values = [f'Digest realm="{realm}", nonce="{realm}"' for realm in ("one", "two", "three", "one")]
    anybody, two = Credentials("a", "b"), Credentials("c", "d", realm="two")
    chosen = choose_challenges(values, [anybody, two])
    assert [(challenge.realm, who.user) for challenge, who in chosen] == [("one", "a"), ("two", "c"), ("three", "a")]


def ask(challenger: Challenger, password: str, now: float, count: int = 1, header: str | None = None) -> Verdict:
    value = authorization(
        Challenge.parse(header or challenger.challenge(now)[-1][1]),
        Credentials("7001", password),
        method="REGISTER",
        uri="sip:lab",
        cnonce="c",
        count=count,
    )
    passwords = {"7001": "right"}
    return challenger.verify([value], method="REGISTER", password_of=passwords.get, now=now).verdict


def test_our_two_sides_understand_each_other() -> None:
    challenger = Challenger("lab", b"key", lifetime=60)
    assert ask(challenger, "right", 1000.0) is Verdict.ACCEPTED
    assert ask(challenger, "wrong", 1001.0) is Verdict.REFUSED


def test_nonces_go_stale_by_age_and_by_repetition() -> None:
    challenger = Challenger("lab", b"key", lifetime=60)
    header = challenger.challenge(1000.0)[-1][1]
    assert ask(challenger, "right", 1060.0, header=header) is Verdict.ACCEPTED
    assert ask(challenger, "right", 1060.0, header=header) is Verdict.STALE
    assert ask(challenger, "right", 1060.0, count=2, header=header) is Verdict.ACCEPTED
    assert ask(challenger, "right", 1061.0, count=3, header=header) is Verdict.STALE
    assert ask(Challenger("lab", b"other"), "right", 1000.0) is Verdict.ACCEPTED


def test_a_nonce_of_another_maker_is_stale_and_garbage_is_absent_or_refused() -> None:
    ours, other = Challenger("lab", b"key"), Challenger("lab", b"other")
    header = other.challenge(10.0)[0][1]
    value = authorization(
        Challenge.parse(header), Credentials("7001", "p"), method="REGISTER", uri="sip:lab", cnonce="c"
    )

    def judge(*values: str) -> Verdict:
        return ours.verify(list(values), method="REGISTER", password_of=lambda _user: "p", now=10.0).verdict

    assert judge(value) is Verdict.STALE
    assert judge() is Verdict.ABSENT
    assert judge("Basic abc", "Digest ,,,==") is Verdict.ABSENT
    assert judge('Digest realm="elsewhere"') is Verdict.ABSENT
    assert judge('Digest realm="lab"') is Verdict.REFUSED
    assert judge(value.replace("nc=00000001", "nc=zz")) is Verdict.REFUSED


def test_strangers_are_refused_and_a_407_names_the_proxy() -> None:
    challenger = Challenger("lab", b"key")
    names = [name for name, _ in challenger.challenge(1.0, proxy=True)]
    assert names == ["Proxy-Authenticate", "Proxy-Authenticate"]
    value = authorization(
        Challenge.parse(challenger.challenge(1.0)[0][1]), MUFASA, method="INVITE", uri="sip:x", cnonce="c"
    )
    verified = challenger.verify([value], method="INVITE", password_of=lambda _user: None, now=1.0)
    assert (verified.verdict, verified.user) == (Verdict.REFUSED, "Mufasa")
    assert "stale=true" in challenger.challenge(1.0, stale=True)[0][1]
    assert "Circle" not in repr(MUFASA)


def test_two_clients_challenged_in_the_same_millisecond_do_not_share_a_nonce() -> None:
    challenger = Challenger("lab", b"key")
    nonces = {Challenge.parse(value).nonce for _ in range(3) for _name, value in challenger.challenge(1000.0)[:1]}
    assert len(nonces) == 3


def test_sha_512_256_and_auth_int_by_their_definition() -> None:
    """RFC 7616 3.4: computed here once more, from the clauses and not from our code."""

    def hashed(text: bytes) -> str:
        return hashlib.new("sha512_256", text).hexdigest()

    challenge = Challenge("lab", "n", "SHA-512-256", qop=("auth-int",))
    value = authorization(challenge, MUFASA, method="INVITE", uri="sip:7000@lab", cnonce="c", count=2, body=b"v=0")
    first = hashed(b"Mufasa:lab:Circle of Life")
    second = hashed(b"INVITE:sip:7000@lab:" + hashed(b"v=0").encode())
    right = hashed(f"{first}:n:00000002:c:auth-int:{second}".encode())
    assert f'response="{right}"' in value
    assert "qop=auth-int, nc=00000002" in value


def test_auth_is_preferred_to_auth_int() -> None:
    assert Challenge("lab", "n", qop=("auth-int", "auth")).chosen_qop == "auth"


@pytest.mark.parametrize("algorithm", ["SHA-512-256", "SHA-256", "MD5"])
def test_auth_int_protects_the_body_between_our_two_sides(algorithm: str) -> None:
    challenger = Challenger("lab", b"secret", algorithms=(algorithm,), qops=("auth-int",))
    [(_, header)] = challenger.challenge(1000.0)
    value = authorization(Challenge.parse(header), MUFASA, method="INVITE", uri="sip:x", cnonce="c", body=b"offer")

    def verdict(body: bytes) -> Verdict:
        return challenger.verify(
            [value], method="INVITE", password_of=lambda _user: MUFASA.password, now=1001.0, body=body
        ).verdict

    assert verdict(b"another offer") is Verdict.REFUSED
    assert verdict(b"offer") is Verdict.ACCEPTED
    assert verdict(b"offer") is Verdict.STALE  # the same count again


def test_a_qop_that_was_not_asked_for_is_refused() -> None:
    asked = Challenger("lab", b"secret", qops=("auth-int",))
    [_, (_, header)] = asked.challenge(1000.0)
    value = authorization(
        Challenge.parse(header.replace("auth-int", "auth")), MUFASA, method="INVITE", uri="sip:x", cnonce="c"
    )
    found = asked.verify([value], method="INVITE", password_of=lambda _user: MUFASA.password, now=1001.0)
    assert found.verdict is Verdict.REFUSED
