"""Steps of sipp scenarios, and sipp itself as a process."""

import shutil
import subprocess
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from tests.integration.peers.sipp.agent import HOST
from tests.integration.peers.sipp.ports import free_udp_port

SIPP = shutil.which("sipp") or "sipp"  # missing: apt-get install sip-tester
_VARIABLES = count(1)


def sdp(codec: str = "8 PCMA", direction: str = "sendrecv") -> str:
    number, _, name = codec.partition(" ")
    return f"""Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 41000 RTP/AVP {number}
a=rtpmap:{number} {name}/8000
a={direction}
"""


def request(method: str, number: int, *more: str, to_tag: str = "", uri: str = "", body: str = "", **how: str) -> str:
    """A request of a caller; within the call with ``to_tag``, which is kept from the last response."""
    lines = [
        f"{method} {uri or 'sip:[service]@[remote_ip]:[remote_port]'} SIP/2.0",
        "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]",
        "From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]t[call_number]",
        f"To: <sip:[service]@[remote_ip]:[remote_port]>{to_tag}",
        "Call-ID: [call_id]",
        f"CSeq: {number} {method}",
        *_contact(more),
        "Max-Forwards: 70",
        *more,
    ]
    return _send(lines, body, {"retrans": "500", **how} if method != "ACK" else how)


def within(method: str, number: int, *more: str, body: str = "", **how: str) -> str:
    """A request of a caller within the call that stands."""
    return request(method, number, *more, to_tag="[peer_tag_param]", body=body, **how)


def from_called(method: str, number: int, *more: str, body: str = "") -> str:
    """A request of the called side, which has kept ``from``, ``to`` and ``contact`` (see `kept`)."""
    lines = [
        f"{method} [$contact] SIP/2.0",
        "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]",
        "From:[$to];tag=[pid]t[call_number]",
        "To:[$from]",
        "Call-ID: [call_id]",
        f"CSeq: {number} {method}",
        *_contact(more),
        "Max-Forwards: 70",
        *more,
    ]
    return _send(lines, body, {"retrans": "500"} if method != "ACK" else {})


def _contact(more: tuple[str, ...]) -> list[str]:
    given = any(one.startswith("Contact:") for one in more)
    return [] if given else ["Contact: <sip:sipp@[local_ip]:[local_port]>"]


def _send(lines: list[str], body: str, how: dict[str, str]) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in how.items())
    text = "\n".join(lines) + "\n" + (body or "Content-Length: 0\n")
    return f"<send{attributes}><![CDATA[\n\n{text}\n]]></send>\n"


def respond(
    status: str, *more: str, tag: str = ";tag=[pid]t[call_number]", body: str = "", contact: str = "", **how: str
) -> str:
    """A response to the last request; ``tag`` empty within a call."""
    lines = [
        f"SIP/2.0 {status}",
        "[last_Via:]",
        "[last_From:]",
        f"[last_To:]{tag}",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        f"Contact: {contact or '<sip:sipp@[local_ip]:[local_port]>'}",
        *more,
    ]
    return _send(lines, body, how)


def kept(first: str = "INVITE", *matches: str) -> str:
    """The first request, whose From, To and Contact are kept for `from_called`."""
    return (
        f'<recv request="{first}"><action>'
        '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>'
        '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>'
        '<ereg regexp="sip:[^&gt;]+" search_in="hdr" header="Contact:" assign_to="contact"/>'
        # sipp takes a variable that is not used for a mistake
        f'<log message="[$from] [$to] [$contact]"/>{checks(*matches)}</action></recv>\n'
    )


def checks(*matches: str) -> str:
    """Each ``Header=pattern`` must be found, each ``Header!pattern`` not; ``body=`` and ``message=`` look there."""
    out = []
    for match in matches:
        absent = "!" in match and ("=" not in match or match.index("!") < match.index("="))
        where, _, wanted = match.partition("!" if absent else "=")
        name = f"v{next(_VARIABLES)}"
        place = {"body": 'search_in="body"', "message": 'search_in="msg"'}.get(
            where, f'search_in="hdr" header="{where}:"'
        )
        check = "check_it_inverse" if absent else "check_it"
        out.append(f'<ereg regexp="{escape(wanted, {chr(34): "&quot;"})}" {place} {check}="true" assign_to="{name}"/>')
        out.append(f'<log message="[${name}]"/>')
    return "".join(out)


def expect(status: int, *matches: str, **how: str) -> str:
    """A response that holds what is asked for."""
    attributes = "".join(f' {name}="{value}"' for name, value in how.items())
    return f'<recv response="{status}"{attributes}><action>{checks(*matches)}</action></recv>\n'


def maybe(*statuses: int) -> str:
    """Responses that may come."""
    return "".join(f'<recv response="{status}" optional="true"/>\n' for status in statuses)


def take(method: str, *matches: str) -> str:
    """A request that holds what is asked for."""
    return f'<recv request="{method}"><action>{checks(*matches)}</action></recv>\n'


def asks(header: str, algorithm: str, qop: str = "") -> str:
    """The header of a 401 or 407."""
    wanted = f', qop="{qop}"' if qop else ""
    return f'{header}: Digest realm="lab", nonce="47364c23432d2e131a5fb210812c", algorithm={algorithm}{wanted}'


def verified(method: str, user: str) -> str:
    """A request whose Authorization sipp finds right (password ``secret``): it goes on at the label ``good``."""
    check = f'<verifyauth assign_to="ok" username="{user}" password="secret"/>'
    return f'<recv request="{method}"><action>{check}</action></recv>\n<nop test="ok" next="good"/>\n'


def pause(milliseconds: int) -> str:
    return f'<pause milliseconds="{milliseconds}"/>\n'


def scenario(*steps: str) -> str:
    return '<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="steps">\n' + "".join(steps) + "</scenario>\n"


GRANTED = respond("200 OK", "Expires: 600").replace(
    "Contact: <sip:sipp@[local_ip]:[local_port]>\n", "Service-Route: <sip:127.0.0.1;lr>\n"
)
"""A registrar's 200."""
ANYTHING = scenario(
    '<recv request="OPTIONS" optional="true" next="options"/>\n',
    take("REGISTER", "Contact=expires"),
    '<nop next="answer"/>\n',
    '<label id="options"/>\n<label id="answer"/>\n',
    GRANTED,
)
"""A registrar that grants every REGISTER, and is there when OPTIONS asks."""


class Sipp:
    """A sipp process with a scenario; with ``port`` it calls there, without it waits to be called."""

    def __init__(
        self, folder: Path, steps: str, *options: str, port: int = 0, calls: int = 1, service: str = "7000"
    ) -> None:
        self.port = free_udp_port()
        self._folder = folder / f"sipp{self.port}"
        self._folder.mkdir()
        file = self._folder / "scenario.xml"
        file.write_text(steps)
        command = [
            SIPP, "-sf", str(file), "-m", str(calls), "-i", HOST, "-p", str(self.port), "-nostdin", "-timeout", "20s",
            "-s", service, "-trace_err", "-error_file", str(self._folder / "errors"), "-trace_msg", "-message_file",
            str(self._folder / "messages"), *options, *([f"{HOST}:{port}"] if port else []),
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command, cwd=self._folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    @property
    def done(self) -> bool:
        return self._process.poll() is not None

    def check(self) -> None:
        """All calls went as the scenario says."""
        out, _ = self._process.communicate(timeout=10)
        told = {name: self._folder / name for name in ("errors", "messages")}
        errors = [file.read_text(errors="replace")[-6000:] for file in told.values() if file.exists()]
        assert self._process.returncode == 0, "\n".join(errors) + out[-1500:]

    def messages(self) -> str:
        """Everything that went over the wire so far."""
        file = self._folder / "messages"
        return file.read_text(errors="replace") if file.exists() else ""

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate(timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
