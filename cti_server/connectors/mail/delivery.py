"""One attempt to hand a mail to the mail server: the message as it goes over the line, and who was refused."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from cti_server.connectors.mail.spool import Mail
from cti_server.settings.connectors import MailSettings

_PERMANENT: Final = 500
"""SMTP's answers from here on (5yz) stay what they are however often it is tried (RFC 5321 4.2.1)."""
_LONGEST_SUBJECT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What came of an attempt: who has it (or never will) and who is to be tried again.

    ``refused`` are addresses that the server does not take, each with its words; ``said`` is why others wait.
    """

    again: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    said: str = ""


def message_of(mail: Mail, settings: MailSettings, attachment: bytes | None) -> EmailMessage:
    """The message; its Message-ID is the mail's own, so that one that was sent twice is recognised."""
    message = EmailMessage(policy=SMTP)
    user, _, domain = settings.sender.partition("@")
    message["From"] = Address(settings.sender_name or "", user, domain)
    message["To"] = ", ".join(mail.to)
    message["Subject"] = " ".join(mail.subject.split())[:_LONGEST_SUBJECT]
    message["Date"] = format_datetime(datetime.fromtimestamp(mail.made, UTC))
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 5: no out-of-office replies to this
    message.set_content(mail.text)
    if attachment is not None:
        kind = ("audio", "wav") if mail.shown_as.lower().endswith(".wav") else ("application", "octet-stream")
        message.add_attachment(attachment, maintype=kind[0], subtype=kind[1], filename=mail.shown_as)
    return message


async def hand_over(
    mail: Mail, message: EmailMessage, settings: MailSettings, trust: ssl.SSLContext | None, password: str | None
) -> Handed:
    """Try once; what the server says decides who is tried again. Faults of the line try all again."""
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        timeout=settings.timeout,
        use_tls=settings.security == "tls",
        start_tls=settings.security == "starttls",
        tls_context=trust,
        username=settings.user,
        password=password,
    )
    try:
        async with client:
            answers, _ = await client.send_message(message, recipients=list(mail.to))
    except aiosmtplib.SMTPRecipientsRefused as fault:
        return _sorted([(one.recipient, one.code, one.message) for one in fault.recipients])
    except aiosmtplib.SMTPAuthenticationError as fault:
        # A password is put right by people: the mail waits for that.
        return Handed(again=mail.to, said=f"log-in refused: {fault.code} {fault.message}")
    except aiosmtplib.SMTPResponseException as fault:
        return _sorted([(one, fault.code, fault.message) for one in mail.to])
    except (aiosmtplib.SMTPException, OSError) as fault:
        return Handed(again=mail.to, said=str(fault) or type(fault).__name__)
    return _sorted([(address, answer.code, answer.message) for address, answer in answers.items()])


def _sorted(answers: list[tuple[str, int, str]]) -> Handed:
    again = [(address, f"{code} {text}") for address, code, text in answers if code < _PERMANENT]
    refused = [(address, f"{code} {text}") for address, code, text in answers if code >= _PERMANENT]
    said = "; ".join(f"{address}: {text}" for address, text in again)
    return Handed(again=tuple(address for address, _ in again), refused=tuple(refused), said=said)
