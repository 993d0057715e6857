"""A transfer by REFER, with sipp as the one that is transferred."""

from pathlib import Path

import pytest

from tests.conformance.sip.test_sipp import call_sipp
from tests.conformance.sip.test_sipp_sessions import SDP, respond, scenario

pytestmark = pytest.mark.integration


def notify(number: int, state: str, status: str) -> str:
    lines = [
        "NOTIFY [$contact] SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "From:[$to]",
        "To:[$from]",
        "Call-ID: [call_id]",
        f"CSeq: {number} NOTIFY",
        "Contact: <sip:[local_ip]:[local_port]>",
        "Max-Forwards: 70",
        "Event: refer",
        f"Subscription-State: {state}",
        "Content-Type: message/sipfrag;version=2.0",
        "Content-Length: [len]",
        "",
        f"SIP/2.0 {status}",
    ]
    return "<send><![CDATA[\n\n" + "\n".join(lines) + "\n\n]]></send>\n" + '<recv response="200"/>\n'


TRANSFERRED = scenario(
    '<recv request="INVITE"/>',
    respond("200 OK", body=SDP),
    '<recv request="ACK"/>',
    '<recv request="REFER"><action>'
    '<ereg regexp="sip:7202@127.0.0.1" search_in="hdr" header="Refer-To:" check_it="true" assign_to="target"/>'
    '<ereg regexp="sip:7100@" search_in="hdr" header="Referred-By:" check_it="true" assign_to="by"/>'
    '<ereg regexp="sip:[^&gt;]+" search_in="hdr" header="Contact:" check_it="true" assign_to="contact"/>'
    '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>'
    '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>'
    '<log message="[$target] [$by]"/></action></recv>',
    respond("202 Accepted").replace("[last_To:];tag=[pid]SIPp[call_number]", "[last_To:]"),
    notify(1, "active;expires=60", "100 Trying"),
    notify(2, "terminated;reason=noresource", "200 OK"),
    '<recv request="BYE"/>',
    respond("200 OK").replace("[last_To:];tag=[pid]SIPp[call_number]", "[last_To:]"),
)


def test_sipp_is_transferred(tmp_path: Path) -> None:
    told = call_sipp(TRANSFERRED, "transfer", tmp_path)
    assert told.count("TransferNews 100 False") == 3
    assert told.count("TransferNews 200 True") == 3
    assert "legs 0" in told
