"""One connection as it speaks HTTP: uvicorn's own, with an end to how long and how large the head of a call may be.

A parser keeps what it was given until the head is whole, and a connection that began to speak is waited for without
end: whoever can connect could fill the memory, or hold every connection that there is, a byte at a time.
"""

import asyncio

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PATIENCE = 10.0  # seconds for a handshake, and for the head of a call from its first byte on
LARGEST_HEAD = 64 * 1024


class Connection(HttpToolsProtocol):
    """Closes where the head of a call is too large, or takes too long."""

    _ends: asyncio.TimerHandle | None = None
    _head = 0
    _in_body = False

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if not self._in_body:
            self._begin()
        super().data_received(data)
        if self._ends is not None and not self._in_body:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self.transport.abort()

    @override
    def on_headers_complete(self) -> None:
        self._end()
        self._in_body = True
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._in_body = False
        self._end()
        super().on_message_complete()
        if self.cycle.response_complete:
            self._begin()  # for the next head

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_body and not self.transport.is_closing():
            self._begin()  # what is left of a body that nobody wants

    def _begin(self) -> None:
        if self._ends is None:
            self._ends = self.loop.call_later(PATIENCE, self.transport.abort)

    def _end(self) -> None:
        self._head = 0
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None
