"""Who connects and then says little, or says it without end, holds neither memory nor connections."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from uvicorn.server import ServerState

from server import connections
from server.connections import LARGEST_HEAD, Connection
from server.contract.problem import Problem
from server.web import guard
from tests.both import on_sqlite
from tests.living import LivingServer

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
CALL = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """Answer before the body has come, but for a path on which nothing is ever said."""
    if scope["path"] == "/stream":
        await receive()
        await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def with_server(talk: Talk) -> None:
    async def run() -> None:
        config = uvicorn.Config(_app, http=Connection, lifespan="off", log_config=None, timeout_keep_alive=60)
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        async with server, asyncio.timeout(20):
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await talk(reader, writer)
            writer.close()

    asyncio.run(run())


async def dripped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes) -> bytes:
    """Send a byte at a time, over and over, until the other side closes; what it said."""

    async def drip() -> None:
        while True:
            for byte in text:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    said = b""
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(65536):
            said += part
    dripping.cancel()
    await asyncio.wait([dripping])
    return said


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX: ", CALL, CALL + b"GET / HTTP/1.1\r\nX: "])
@pytest.mark.parametrize("text", [b"a", b"\r\n"])
def test_a_head_that_does_not_end_is_not_waited_for(begun: bytes, text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.3)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begun)
        await dripped(reader, writer, text)

    with_server(talk)


def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.3)

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""

    with_server(talk)


def test_the_rest_of_a_body_that_nobody_wants_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.3)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        assert b"200 OK" in await dripped(reader, writer, b"a")

    with_server(talk)


def test_calls_one_after_the_other_and_long_answers_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.2)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + CALL)
            for _ in range(2):
                assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
                assert await reader.readexactly(2) == b"ok"
            writer.write(CALL)
            assert (await reader.readuntil(b"ok")).endswith(b"ok")
        writer.write(CALL.replace(b"/ ", b"/stream "))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.8):
                await reader.read(1)
        assert not reader.at_eof()

    with_server(talk)


@on_sqlite
@pytest.mark.parametrize("begun", [b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\n"])
def test_a_head_without_end_is_cut_off(server: LivingServer, begun: bytes) -> None:
    endless = b"X: a\r\n" if begun.endswith(b"\n") else b"aaaaaa"
    connection = socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), timeout=20)
    sent = 0
    with connection, pytest.raises(ConnectionError):
        connection.sendall(begun)
        while sent < 256 * LARGEST_HEAD:
            connection.sendall(endless * 1000)
            sent += 6000


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PATIENCE", 0.1)

    async def never() -> Any:
        await asyncio.Event().wait()

    told = asyncio.run(guard._whole_body({"type": "http", "headers": []}, never))
    assert isinstance(told, Problem)
    assert told.status == 408
