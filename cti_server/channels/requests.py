"""What channels ask of PBXs, for those who follow it: how long each took, and a mark on calls that are moved."""

from collections.abc import Callable

import structlog

from csta.messages.base import Request

Answered = Callable[[str, Request, float, str], None]
"""Told of each request once it is answered: its link, the request, when it was sent (Unix seconds), why it failed."""
Mark = Callable[[str, Request], Request]
"""Gives a link's request as it is to be sent."""


class Requests:
    """Between the links and those who follow them; what these do wrong is logged and disturbs no call."""

    def __init__(self) -> None:
        self._listeners: list[Answered] = []
        self._mark: Mark | None = None
        self.log = structlog.get_logger()

    def listen(self, listener: Answered) -> Callable[[], None]:
        """Tell the listener of every answer until the given function is called."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def mark_by(self, mark: Mark | None) -> None:
        """Let ``mark`` see each request before it is sent; None: nobody."""
        self._mark = mark

    def marked(self, link: str, request: Request) -> Request:
        """The request as it is to be sent."""
        if self._mark is None:
            return request
        try:
            return self._mark(link, request)
        except Exception:
            self.log.exception("a request is sent without its mark", link=link, request=type(request).__name__)
            return request

    def answered(self, link: str, request: Request, sent: float, failed: str) -> None:
        """A request was answered; ``failed`` says why it was not granted, and is empty where it was."""
        for listener in tuple(self._listeners):
            try:
                listener(link, request, sent, failed)
            except Exception:
                self.log.exception("defect beside a link", link=link, request=type(request).__name__)
