"""The ways by which alarms reach people: JSON to a web address, and mail."""

import asyncio
import hashlib
import logging
import ssl
from typing import Final

import httpx2

from cti_server.connectors.alarms.courier import Courier, UndeliveredError
from cti_server.connectors.alarms.notice import Notice
from cti_server.connectors.mail.delivery import hand_over, message_of
from cti_server.connectors.mail.spool import Mail
from cti_server.settings.connectors import MailSettings, SecretFault
from cti_server.settings.supervision.alarms import AlarmMailSettings, AlarmSettings, AlarmWebhookSettings
from cti_server.telemetry.alarms.catalogue import Severity

AGAIN: Final = frozenset({408, 425, 429})
"""Client errors of HTTP that may go another time (RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4)."""


class Webhook:
    """Sends notices by POST; one client for all of them, made at its first use."""

    def __init__(self, settings: AlarmWebhookSettings) -> None:
        self._settings = settings
        self._client: httpx2.AsyncClient | None = None
        self._token = ""
        # It logs each address at level info.
        logging.getLogger("httpx2").setLevel(logging.WARNING)

    async def deliver(self, notice: Notice) -> None:
        """Send one; a redirect is not followed, and nothing of the answer is read but its status.

        Raises:
            UndeliveredError: the other side is not there, or does not take it.
        """
        try:
            client = await self._connected()
            async with asyncio.timeout(self._settings.timeout):
                status = await self._post(client, notice)
        except (TimeoutError, httpx2.TimeoutException) as fault:
            raise UndeliveredError(f"no answer within {self._settings.timeout:g} s") from fault
        except (httpx2.HTTPError, SecretFault, OSError) as fault:
            raise UndeliveredError((str(fault).splitlines() or [type(fault).__name__])[0][:200]) from fault
        if not 200 <= status < 300:
            raise UndeliveredError(f"status {status}", again=status >= 500 or status in AGAIN)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _post(self, client: httpx2.AsyncClient, notice: Notice) -> int:
        headers = {"User-Agent": "callwright", "Idempotency-Key": notice.id}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = client.build_request(
            "POST", self._settings.url, headers=headers, json=notice.facts(), timeout=self._settings.timeout
        )
        response = await client.send(request, stream=True)
        await response.aclose()
        return response.status_code

    async def _connected(self) -> httpx2.AsyncClient:
        if self._client is None:
            trust, self._token = await asyncio.to_thread(self._read_files)
            self._client = httpx2.AsyncClient(verify=trust, trust_env=False, follow_redirects=False)
        return self._client

    def _read_files(self) -> tuple[ssl.SSLContext, str]:
        token = self._settings.token
        return ssl.create_default_context(cafile=self._settings.ca), "" if token is None else token.read()


class AlarmMail:
    """Sends notices as mails, through the mail server of the connectors."""

    def __init__(self, to: AlarmMailSettings, server: MailSettings) -> None:
        self._to = to
        self._server = server

    async def deliver(self, notice: Notice) -> None:
        """Send one.

        Raises:
            UndeliveredError: the server is not there, or does not take it.
        """
        mail = Mail(
            id=hashlib.sha256(notice.id.encode()).hexdigest()[:32],
            made=notice.change.at,
            to=self._to.to,
            subject=notice.subject,
            text=notice.text(),
        )
        try:
            trust, password = await asyncio.to_thread(self._read_files)
            handed = await hand_over(mail, message_of(mail, self._server, None), self._server, trust, password)
        except (OSError, SecretFault, ValueError) as fault:
            raise UndeliveredError(str(fault)) from fault
        if handed.again:
            raise UndeliveredError(handed.said)
        if len(handed.refused) == len(self._to.to):
            raise UndeliveredError("; ".join(f"{one}: {said}" for one, said in handed.refused), again=False)

    def _read_files(self) -> tuple[ssl.SSLContext | None, str | None]:
        server = self._server
        trust = None if server.security == "none" else ssl.create_default_context(cafile=server.ca)
        return trust, None if server.password is None else server.password.read()


def couriers_of(settings: AlarmSettings, mail: MailSettings | None) -> tuple[list[Courier], list[Webhook]]:
    """A courier for each way that the settings want, and what is to be closed behind them."""
    hooks = [Webhook(one) for one in settings.webhooks]
    couriers = [
        Courier(f"alarms to {one.name}", one.url, hook.deliver, least=Severity(one.least))
        for one, hook in zip(settings.webhooks, hooks, strict=True)
    ]
    if settings.mail is not None and mail is not None:
        way = AlarmMail(settings.mail, mail)
        peer = f"{mail.host}:{mail.port}"
        couriers.append(Courier("alarms by mail", peer, way.deliver, least=Severity(settings.mail.least)))
    return couriers, hooks
