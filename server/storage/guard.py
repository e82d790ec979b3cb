"""The guard: a proxy on loopback that is the engine's only way out, and connects to nothing that is not allowed.

Nor to anything that no call is meant for: a service that redirects the engine to another one leads it nowhere. It knows
the engine by a password, so nobody else on this computer goes through it. It ends with the server: an engine that would
outlive us has no way out any more.
"""

import asyncio
import contextlib
import hmac
import secrets
from base64 import b64encode
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from urllib.parse import urlsplit

from server.contract.storage import TestResult
from server.storage.answers import StorageError
from server.storage.dialling import Dialling, Streams

LARGEST_HEAD = 64 * 1024
PATIENCE = 2.0  # seconds for the head of a call, which the engine writes at once
UNKNOWN = 256  # connections that have not said yet who they are: anybody on this computer may open one
GRACE = 10.0  # seconds for the rest of an answer whose call has gone
CHUNK = 256 * 1024
MOST = 64 * 1024 * 1024  # bytes from a service on one connection: the engine asks again for a page that is cut
_USER = "engine"
_SSH = b"SSH-"  # to TLS and to HTTP it is nonsense: who says it is cut off by the engine
_HOPS = {"proxy-authorization", "proxy-connection", "connection", "keep-alive"}


_PASSING = {TestResult.UNKNOWN_HOST, TestResult.REFUSED, TestResult.UNREACHABLE}  # worth another try of the engine


Goal = tuple[str, int]
"""A host, which stands for what lies below it too, and a port."""


class Watch:
    """What a call may connect to, and why the last such connection was refused; null where it was not."""

    def __init__(self, goals: Collection[Goal]) -> None:
        """Know of nothing refused yet."""
        self._goals = frozenset(goals)
        self.refused: TestResult | None = None
        self.seen = asyncio.Event()

    def names(self, host: str, port: int) -> bool:
        """Whether the call may connect there: buckets and regions are names below that of their service."""
        host = host.lower()
        return any(port == at and (host == each or host.endswith(f".{each}")) for each, at in self._goals)

    def see(self, why: TestResult | None) -> None:
        """Take in what became of a connection to where the call may connect."""
        self.refused = why
        if why is not None:
            self.seen.set()


@dataclass(frozen=True)
class _Head:
    method: str
    target: str
    headers: list[str]

    def header(self, name: str) -> str:
        found = [value for key, _, value in (line.partition(":") for line in self.headers) if key.lower() == name]
        return found[0].strip() if len(found) == 1 else ""


class Guard:
    """Serves from `start` to `close`; tells those who watch why it refused."""

    def __init__(self, dialling: Dialling) -> None:
        """Know how to connect, and the password."""
        self._dialling = dialling
        self._password = secrets.token_urlsafe(32)
        self._server: asyncio.Server | None = None
        self._open = set[asyncio.Task[None]]()
        self._left = dict[asyncio.Task[None], Goal]()  # whose call has gone, while the service may still do it
        self._unknown = 0
        self._watches = set[Watch]()

    async def start(self) -> None:
        """Listen on a free port of loopback, where it does not yet."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LARGEST_HEAD)

    async def close(self) -> None:
        """End, and cut what is open."""
        if self._server is not None:
            self._server.close()
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            self._server = None

    @property
    def url(self) -> str:
        """Return where it listens, with the password."""
        assert self._server is not None  # noqa: S101 - it was started
        port = self._server.sockets[0].getsockname()[1]
        return f"http://{_USER}:{self._password}@127.0.0.1:{port}"

    @contextmanager
    def watch(self, goals: Collection[Goal]) -> Iterator[Watch]:
        """Let the engine connect there, and watch what becomes of that."""
        watch = Watch(goals)
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    async def settle(self, goals: Collection[Goal]) -> None:
        """Wait until services there have done, or refused, what calls asked that have gone since."""
        watch = Watch(goals)
        if left := [task for task, goal in self._left.items() if watch.names(*goal)]:
            await asyncio.wait(left)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs us in one
        self._open.add(task)
        try:
            await self._answer(reader, writer, task)
        except (OSError, EOFError, ValueError, TimeoutError, asyncio.LimitOverrunError):
            pass  # a head that is none, or a side that has gone: there is nobody to tell
        except asyncio.CancelledError:
            pass  # it is cut at our end, and asyncio (3.11) would log that as a mistake
        finally:
            self._open.discard(task)
            self._left.pop(task, None)
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, task: asyncio.Task[None]
    ) -> None:
        head = await self._head(reader)
        if not self._knows(head):
            await _say(writer, "407 Proxy Authentication Required")
            return
        host, port, rest = _goal(head)
        watches = [watch for watch in self._watches if watch.names(host, port)]
        if not watches:
            await _say(writer, f"421 {TestResult.NO_SERVICE.value}")
            return
        try:
            streams = await self._dialling.connect(host, port)
        except StorageError as error:
            _tell(watches, error.result)
            await _say(writer, f"{503 if error.result in _PASSING else 403} {error.result.value}")
            return
        _tell(watches, None)
        try:
            if reader.at_eof() or writer.is_closing():
                return  # its call has gone while we connected, and asks for nothing any more
            if head.method == "CONNECT":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                streams[1].write(_forwarded(head, rest))
            await _join((reader, writer), streams, lambda: self._left.update({task: (host, port)}))
        finally:
            streams[1].transport.abort()

    async def _head(self, reader: asyncio.StreamReader) -> _Head:
        """Read the head of a call; raises ValueError where too many are waited for."""
        if self._unknown >= UNKNOWN:
            raise ValueError("too many")
        self._unknown += 1
        try:
            async with asyncio.timeout(PATIENCE):
                return _parsed(await reader.readuntil(b"\r\n\r\n"))
        finally:
            self._unknown -= 1

    def _knows(self, head: _Head) -> bool:
        expected = b64encode(f"{_USER}:{self._password}".encode())
        return hmac.compare_digest(head.header("proxy-authorization").encode(), b"Basic " + expected)


def _tell(watches: Iterable[Watch], why: TestResult | None) -> None:
    for watch in watches:
        watch.see(why)


def _parsed(raw: bytes) -> _Head:
    """Read the head of a call; raises ValueError where it is none."""
    first, *headers = raw.decode("latin-1")[:-4].split("\r\n")
    method, target, version = first.split(" ")
    if version != "HTTP/1.1" or any("\n" in line or "\r" in line or line[:1] in (" ", "\t", ":") for line in headers):
        raise ValueError("no head of HTTP/1.1")
    return _Head(method, target, headers)


def _goal(head: _Head) -> tuple[str, int, str]:
    """Return host, port and the path of a call; raises ValueError where there is none."""
    if head.method == "CONNECT":
        parts = urlsplit(f"//{head.target}")
        if parts.username is not None or parts.path or parts.query or parts.fragment or parts.port is None:
            raise ValueError("no HOST:PORT")
        return parts.hostname or "", parts.port, ""
    parts = urlsplit(head.target)
    if parts.scheme != "http" or parts.username is not None or parts.fragment:
        raise ValueError("no http://HOST/")
    rest = head.target.partition("://")[2].partition("/")[2]
    return parts.hostname or "", 80 if parts.port is None else parts.port, f"/{rest}"


def _forwarded(head: _Head, rest: str) -> bytes:
    """Write the head for the service itself. One call a connection: the next may be meant for another host."""
    kept = [line for line in head.headers if line.partition(":")[0].lower() not in _HOPS]
    return "\r\n".join([f"{head.method} {rest} HTTP/1.1", *kept, "Connection: close", "", ""]).encode("latin-1")


async def _say(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    with contextlib.suppress(OSError):
        await writer.drain()
        writer.write_eof()


async def _join(here: Streams, there: Streams, left: Callable[[], None]) -> None:
    """Carry bytes both ways until the service has ended; it has a while for it when the engine has, which is told."""
    up = asyncio.create_task(_carry(here[0], there[1]))
    down = asyncio.create_task(_carry(there[0], here[1], MOST))
    try:
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        left()
        await asyncio.wait({down}, timeout=GRACE)
    finally:
        up.cancel()
        down.cancel()
        await asyncio.gather(up, down, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: float = inf) -> None:
    carried = 0
    while chunk := await reader.read(CHUNK):
        if not carried and chunk.startswith(_SSH):
            most = inf  # one connection is a whole walk there, which cannot go on with another
        carried += len(chunk)
        if carried > most:
            writer.transport.abort()  # not its end: what was cut must not look whole
            return
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
