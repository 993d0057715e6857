"""Digest of other algorithms than sipp knows, with PJSUA2: it registers with us, and each answer of its is judged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sip.digest import Challenger, Verdict
from sip.events import RequestReceived
from tests.integration.peers.sipp.agent import HOST, SocketAgent

pytestmark = pytest.mark.integration

PHONE = Path(__file__).parents[1] / "pjsua_phone.py"


@pytest.mark.parametrize(
    ("algorithms", "password", "verdicts"),
    [
        (("MD5",), "secret", [Verdict.ABSENT, Verdict.ACCEPTED]),
        (("SHA-256",), "secret", [Verdict.ABSENT, Verdict.ACCEPTED]),
        (("SHA-512-256", "SHA-256"), "secret", [Verdict.ABSENT, Verdict.ACCEPTED]),
        (("SHA-256", "MD5"), "wrong", [Verdict.ABSENT, Verdict.REFUSED]),
    ],
)
def test_pjsua_registers_with_a_password(algorithms: tuple[str, ...], password: str, verdicts: list[Verdict]) -> None:
    challenger = Challenger("lab", b"key", algorithms=algorithms)
    judged: list[Verdict] = []

    def judge(event: RequestReceived) -> None:
        values = event.request.headers.all("Authorization")
        verdict = challenger.verify(
            values, method="REGISTER", password_of={"7001": "secret"}.get, now=agent.now
        ).verdict
        judged.append(verdict)
        if verdict is Verdict.ACCEPTED:
            contact = [("Contact", str(event.request.contacts[0])), ("Expires", "60")]
            agent.ua.respond(event.key, 200, "", contact, b"", agent.now)
        elif verdict is Verdict.REFUSED:
            agent.ua.respond(event.key, 403, "", (), b"", agent.now)
        else:
            agent.ua.respond(event.key, 401, "", challenger.challenge(agent.now), b"", agent.now)

    with SocketAgent() as agent:
        agent.hears[RequestReceived] = judge
        command = [sys.executable, str(PHONE), "--registrar", f"{HOST}:{agent.port}", "--user", "7001"]
        phone = subprocess.Popen(
            [*command, "--password", password, "--limit", "15"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            agent.until(lambda: len(judged) >= 2, 15)
            assert judged[:2] == verdicts
            agent.run(0.5)
        finally:
            phone.kill()
            out, _ = phone.communicate(timeout=10)
    told = [json.loads(row) for row in out.splitlines() if row.startswith("{")]
    if password == "secret":
        assert {"event": "registered", "code": 200}.items() <= told[0].items()
