"""Hands committed live events to the open streams."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from server.contract.topic import Topic
from server.store.work import Published

Stream = asyncio.Queue[Published | None]

HINT = 0
SLOWEST = 1000  # events that a stream may lag behind before it is told to read everything again
MOST_OF_ONE = 8
"""Streams of a session or a phone: each holds a file of the process, and one token could take them all."""
MOST_OF_ACCOUNT = 32
"""Streams of an account, which may have many sessions."""


@dataclass(frozen=True)
class Listener:
    """Whose stream it is: the `id` of a session or a phone, and the account."""

    id: str
    account: str


class Hub:
    """Lives on the event loop; `publish` may be called from any thread, and again with what it was given before."""

    def __init__(self) -> None:
        """Start with no streams."""
        self._streams: dict[Stream, Listener | None] = {}  # the oldest first
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False
        self.newest = 0

    def begin(self, newest: int) -> None:
        """Start on the running loop, after event number `newest`."""
        self._loop, self.newest = asyncio.get_running_loop(), newest

    def publish(self, events: list[Published]) -> None:
        """Hand events, in the order of their numbers, to every stream."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, events)

    def hint(self, topic: Topic, subject: str) -> None:
        """Say that something goes on that is not in the database: no number, and nobody is told later who missed it."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hand, [Published(HINT, [topic], subject, None)])

    @asynccontextmanager
    async def stream(self, listener: Listener | None = None) -> AsyncIterator[Stream]:
        """Open a stream; null in it means that it ends. Where a listener has too many, the oldest does."""
        if listener is not None:
            self._make_room(listener)
        queue: Stream = asyncio.Queue(SLOWEST)
        self._streams[queue] = listener
        if self.closed:
            queue.put_nowait(None)
        try:
            yield queue
        finally:
            self._streams.pop(queue, None)

    def _make_room(self, listener: Listener) -> None:
        """End the oldest stream of whoever has too many; one that connects again is never refused."""
        listening = [(queue, who.id) for queue, who in self._streams.items() if who and who.account == listener.account]
        held = Counter(who for _, who in listening)
        if held[listener.id] >= MOST_OF_ONE:
            ends = listener.id
        elif len(listening) >= MOST_OF_ACCOUNT:
            ends = held.most_common(1)[0][0]
        else:
            return
        oldest = next(queue for queue, who in listening if who == ends)
        _end(oldest)
        self._streams.pop(oldest, None)

    def close(self) -> None:
        """End all streams, so that the server can stop."""
        self.closed = True
        for queue in self._streams:
            _end(queue)

    def _deliver(self, events: list[Published]) -> None:
        fresh = [event for event in events if event.number > self.newest]
        self.newest = max([self.newest, *(event.number for event in fresh)])
        self._hand(fresh)

    def _hand(self, events: list[Published]) -> None:
        for queue in list(self._streams):
            for event in events:
                if queue.full():
                    _end(queue)
                    break
                queue.put_nowait(event)


def _end(queue: Stream) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
