"""Everything that is fuzzed, by name."""

from types import MappingProxyType
from typing import Final

from tests.fuzz import seeds
from tests.fuzz.captures import run_captures
from tests.fuzz.decoders import run_ber, run_tlv, run_xml
from tests.fuzz.framers import run_framers
from tests.fuzz.media import checks, descriptions, handshakes, mutate_sdp, run_dtls, run_sdp, run_stun
from tests.fuzz.mutations import mutate_capture, mutate_script, mutate_stream, mutate_xml
from tests.fuzz.packets import frames, mutate_frames, mutate_packets, packets, run_frames, run_packets
from tests.fuzz.sessions import run_sessions
from tests.fuzz.sip import agents, messages, mutate_agents, mutate_message, run_agents, run_message
from tests.fuzz.swelling import swell_ber, swell_xml
from tests.fuzz.target import Target
from tests.fuzz.trees import mutate_ber, mutate_octets

TARGETS: Final = MappingProxyType(
    {
        target.name: target
        for target in (
            Target(
                "xml",
                "documents of ECMA-323",
                run_xml,
                seeds.documents,
                mutate_xml,
                passes=4,
                memory=200,
                swell=swell_xml,
            ),
            Target("ber", "APDUs of ROSE", run_ber, seeds.apdus, mutate_ber, passes=4, swell=swell_ber),
            Target("acse", "APDUs of ACSE", run_ber, seeds.acse, mutate_ber, passes=4, swell=swell_ber),
            Target("tlv", "elements of BER", run_tlv, seeds.values, mutate_ber, passes=4, swell=swell_ber),
            Target("framers", "streams", run_framers, seeds.streams, mutate_stream, passes=4),
            Target(
                "captures",
                "capture files and their trace",
                run_captures,
                seeds.captures,
                mutate_capture,
                passes=4,
                memory=200,
            ),
            Target(
                "sessions",
                "sessions of both roles",
                run_sessions,
                seeds.scripts,
                mutate_script,
                passes=4,
                memory=600,
                max_bytes=1 << 12,
            ),
            Target("sip", "messages and streams of SIP", run_message, messages, mutate_message, passes=8, memory=400),
            Target("agents", "SIP user agents", run_agents, agents, mutate_agents, passes=60, memory=4000),
            Target("sdp", "session descriptions", run_sdp, descriptions, mutate_sdp, passes=8, memory=600),
            Target("stun", "STUN messages", run_stun, checks, mutate_octets, passes=4, max_bytes=1 << 11),
            Target("dtls", "DTLS handshakes", run_dtls, handshakes, mutate_octets, passes=8, memory=600),
            Target("packets", "packets at a media port", run_packets, packets, mutate_packets, passes=60, memory=600),
            Target("control", "frames of the control door", run_frames, frames, mutate_frames, passes=20, memory=600),
        )
    }
)
