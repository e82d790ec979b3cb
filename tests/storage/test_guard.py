"""The guard: whatever is written for a forbidden address, nothing is ever connected to it."""

import asyncio
import base64
import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

from server.contract.storage import StorageKind, TestResult
from server.storage import remote as remotes
from server.storage.addresses import Address, is_allowed
from server.storage.answers import StorageError
from server.storage.dialling import Dialling
from server.storage.guard import Guard, Watch
from server.storage.remote import Remote
from tests.proving import wait_for
from tests.storage.flat_s3 import FlatS3
from tests.storage.services import World, engine, s3

FORBIDDEN = [
    *("127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.170.2"),  # noqa: S104
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", "100.64.0.1"),
    *("100.100.100.200", "100.127.255.255", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16", "192.88.99.1"),
]
FORBIDDEN_6 = [
    *("::", "::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fdff::1", "ff02::1", "ff0e::1"),
    *("2001:db8::1", "3fff::1", "2001::1", "2001:10::1", "100::1", "5f00::1", "4000::1", "64:ff9b:1::1", "::2"),
]


def wide(text: str) -> str:
    """Write it in the wide letters of East Asian text, which mean the same to a resolver that is friendly."""
    return text.translate({each: each - 0x21 + 0xFF01 for each in range(0x21, 0x7F)})


def embedded(text: str) -> list[str]:
    """Return all ways in which IPv6 holds an IPv4 address, and how each may be written."""
    number = int(ip_address(text))
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    turned = f"{(number >> 16) ^ 0xFFFF:x}:{(number & 0xFFFF) ^ 0xFFFF:x}"
    return [
        *(f"::ffff:{text}", f"::ffff:{high}:{low}", f"0:0:0:0:0:ffff:{high}:{low}", f"::{text}", f"::{high}:{low}"),
        *(f"::ffff:0:{text}", f"64:ff9b::{text}", f"64:ff9b::{high}:{low}", f"64:ff9b:1::{text}"),
        *(
            f"2002:{high}:{low}::1",
            f"2001:0:808:808::{turned}",
            f"2606:4700::5efe:{text}",
            f"2606:4700::200:5efe:{text}",
        ),
    ]


def written(text: str) -> list[str]:
    """Return how else an IPv4 address may be written: decimal, octal, hexadecimal, shortened, in other digits."""
    parts = [int(part) for part in text.split(".")]
    number, last3, last2 = int(ip_address(text)), int(ip_address(text)) & 0xFFFFFF, int(ip_address(text)) & 0xFFFF
    return [
        *(
            str(number),
            hex(number),
            hex(number).upper(),
            f"0{number:o}",
            f"{parts[0]}.{last3}",
            f"{parts[0]}.{parts[1]}.{last2}",
        ),
        *(
            ".".join(f"0{part:o}" for part in parts),
            ".".join(hex(part) for part in parts),
            ".".join(f"0x{part:08x}" for part in parts),
        ),
        *(".".join(f"{part:03}" for part in parts), f"{text}.", f"0x{parts[0]:x}.{last3}", f"0{parts[0]:o}.{last3}"),
        *(wide(text), wide(text).replace(wide("."), "."), text.replace(".", "。")),
        *(text.replace(".", "．"), "①" + text[1:] if text[0] == "1" else f"②{text[1:]}"),
    ]


NAMES = [
    *(
        "localhost",
        "LOCALHOST",
        "localhost.",
        "localhost.localdomain",
        "lo\u00adcalhost",
        "ⓛocalhost",
        "localho\u017ft",
    ),
    *(
        wide("localhost"),
        "ip6-localhost",
        "ip6-loopback",
        "127.1",
        "127.0.1",
        "0",
        "0x7f.1",
        "0177.1",
        "::1%lo",
        "[::1]",
        "[::]",
    ),
    *("good.example@127.0.0.1", "127.0.0.1@good.example", "127.0.0.1#good.example", "127.0.0.1?good.example"),
    *(
        "127.0.0.1\\good.example",
        "good.example\\@127.0.0.1",
        "127.0.0.1%00.good.example",
        "127.0.0.1%2f",
        "%31%32%37.0.0.1",
    ),
    *(
        "127.0.0.1 good.example",
        "127.0.0.1\tgood.example",
        "good.example\r\nHost: 127.0.0.1",
        "127.0.0.1\r\n\r\n",
        "127.0.0.1\n",
    ),
    *("good.example:80@127.0.0.1", "good.example/@127.0.0.1", "//127.0.0.1", "", " ", ".", "..", "-", "127.0.0.1:1"),
]
CORPUS = list(
    dict.fromkeys(
        [*FORBIDDEN, *FORBIDDEN_6, *NAMES]
        + [each for text in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.1.1") for each in written(text)]
        + [each for text in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "100.64.0.1") for each in embedded(text)]
    )
)
CORPUS.remove("010.000.000.001")  # which is 8.0.0.1, a public address


class Anywhere(Watch):
    """What a call may connect to that is meant for everything."""

    @override
    def names(self, host: str, port: int) -> bool:
        return True


class Canary:
    """Listens on this computer at all its addresses, and counts who comes."""

    def __init__(self) -> None:
        """Listen."""
        self.hits = 0
        dual = socket.has_dualstack_ipv6()
        family, host = (socket.AF_INET6, "::") if dual else (socket.AF_INET, "0.0.0.0")  # noqa: S104 - it is to be found
        self._socket = socket.create_server((host, 0), family=family, dualstack_ipv6=dual)
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._count, name="canary", daemon=True)
        self._thread.start()

    def _count(self) -> None:
        while True:
            came, _ = self._socket.accept()
            came.close()
            self.hits += 1

    def proved(self) -> None:
        """Assert that nobody came, and that it would have been seen."""
        assert self.hits == 0
        with socket.create_connection(("127.0.0.1", self.port)) as proof:
            assert proof.recv(1) == b""
        assert self.hits <= 1


@pytest.fixture
def canary() -> Canary:
    return Canary()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a `Storage` that may reach nothing but what is public."""
    engine()
    world = World(tmp_path_factory.mktemp("guarded"), allow="")
    with pytest.MonkeyPatch.context() as patch:  # a resolver that is slow must not look like an address that is
        patch.setattr("server.storage.dialling.PATIENCE", 15.0)
        yield world
    world.close()


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 200


@pytest.mark.row("SF-1")
def test_nothing_is_dialled(canary: Canary) -> None:
    async def dial(host: str) -> None:
        with pytest.raises(StorageError):
            await Dialling(()).connect(host, canary.port)

    async def dial_all() -> None:
        for host in CORPUS:
            await dial(host)

    asyncio.run(dial_all())
    canary.proved()


@pytest.mark.row("SF-1")
def test_nothing_is_reached_through_the_guard(canary: Canary) -> None:
    """Whatever stands in the line of a call, also what the engine itself would never write."""

    async def ask(guard: Guard, line: str) -> bytes:
        parts = urlsplit(guard.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        key = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        writer.write(f"{line} HTTP/1.1\r\nHost: good.example\r\nProxy-Authorization: Basic {key}\r\n\r\n".encode())
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    async def ask_all() -> None:
        guard = Guard(Dialling(()))
        guard._watches.add(Anywhere(()))  # else it would not even look at their addresses
        await guard.start()
        for host in CORPUS:
            shown = f"[{host}]" if ":" in host and host[:1] != "[" else host
            for line in (
                f"CONNECT {shown}:{canary.port}",
                f"GET http://{shown}:{canary.port}/",
                f"GET http://good.invalid@{shown}:{canary.port}/",
            ):
                assert b" 200 " not in await ask(guard, line)
        await guard.close()

    asyncio.run(ask_all())
    canary.proved()


@pytest.mark.row("SF-1")
def test_nothing_is_reached_by_the_engine(guarded: World, canary: Canary) -> None:
    for host in CORPUS:
        shown = f"[{host}]" if ":" in host and host[:1] != "[" else host
        for remote in (
            s3(f"http://{shown}:{canary.port}"),
            s3(f"https://{shown}:{canary.port}/"),
            Remote(
                StorageKind.SFTP,
                {"host": host, "port": str(canary.port), "username": "u", "password": "p"},
            ),
            Remote(
                StorageKind.AZURE_BLOB,
                {"account": "account", "key": "a2V5", "endpoint": f"http://{shown}:{canary.port}"},
            ),
        ):
            result = guarded.run(guarded.storage.test(remote)).result
            assert result in (TestResult.NOT_ALLOWED, TestResult.INVALID, TestResult.UNKNOWN_HOST), host
    canary.proved()


@pytest.mark.row("SF-1")
@pytest.mark.parametrize(
    "endpoint",
    [
        *("file:///etc/passwd", "gopher://127.0.0.1:{port}", "//127.0.0.1:{port}", "http:/127.0.0.1:{port}", "http://"),
        *("http://:{port}", "HTTP://127.0.0.1:{port}", "http://127.0.0.1:{port}/\n", " http://127.0.0.1:{port}"),
        *("http://127.0.0.1:{port}#@good.example", "http://127.0.0.1:{port}?good.example", "http://u@127.0.0.1:{port}"),
        *("http://127.0.0.1:0{port}", "http://127.0.0.1:+{port}", "http://127.0.0.1:{port}/..;/", "127.0.0.1:{port}"),
        *("http://127.0.0.1:{port},endpoint=x", "http://127.0.0.1:{port}:", "http://127.0.0.1:{port}\x00", "x://y"),
    ],
)
def test_no_other_endpoint_leads_there(guarded: World, canary: Canary, endpoint: str) -> None:
    tried = guarded.run(guarded.storage.test(s3(endpoint.format(port=canary.port))))
    assert tried.result in (TestResult.NOT_ALLOWED, TestResult.INVALID)
    canary.proved()


@pytest.mark.row("SF-1")
@pytest.mark.skipif(sys.platform != "linux", reason="this computer is 127.0.0.2 too on Linux alone")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_lead_nowhere(tmp_path: Path, canary: Canary, status: int) -> None:
    engine()
    world = World(tmp_path, allow="127.0.0.2/32")
    service = FlatS3("127.0.0.2")
    for target in (f"http://127.0.0.1:{canary.port}/", f"https://localhost:{canary.port}/", f"//[::1]:{canary.port}/"):
        service.redirect = status, target
        assert world.run(world.storage.test(s3(service.endpoint))).result is TestResult.NO_SERVICE
    assert service.calls, "it was reached itself"
    service.close()
    world.close()
    canary.proved()


@pytest.mark.row("SF-1")
@pytest.mark.skipif(sys.platform != "linux", reason="this computer is 127.0.0.2 too on Linux alone")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_do_not_lead_to_another_service_that_is_allowed(tmp_path: Path, status: int) -> None:
    """307 and 308 repeat the method: a service would have others written to and deleted at."""
    engine()
    world = World(tmp_path, allow="127.0.0.0/8")
    service, other, beside = FlatS3(), FlatS3("127.0.0.2"), FlatS3()
    listing = service.answer

    def answer(method: str, target: str) -> tuple[int, str, dict[str, str]]:
        """Redirect what deletes alone, so that there is something to delete."""
        service.redirect = (status, f"{to.endpoint}/backup/kept") if method == "DELETE" else None
        return listing(method, target)

    for to in (other, beside):
        service.redirect, service.answer = (status, f"{to.endpoint}/backup"), listing  # type: ignore[method-assign]
        assert world.run(world.storage.test(s3(service.endpoint))).result is not TestResult.OK
        world.failure(world.storage.make_place(s3(service.endpoint), "new"))
        service.keys, service.answer = {"alice/a": 1}, answer  # type: ignore[method-assign]
        assert world.run(world.storage.empty(s3(service.endpoint), "backup/alice", lambda _: None)).left == 1
        assert any(call.startswith("DELETE") for call in service.calls)
        assert to.calls == []
        assert world.run(world.storage.places(s3(to.endpoint))) == ["backup"], "it is reached where it is meant"
        to.close()
    service.close()
    world.close()


@pytest.mark.parametrize(
    ("settings", "named", "others"),
    [
        (
            {"region": "eu-central-1"},
            [("s3.eu-central-1.amazonaws.com", 443), ("bucket.S3.eu-central-1.amazonaws.com", 443)],
            [("s3.eu-central-1.amazonaws.com", 80), ("amazonaws.com.example", 443), ("evilamazonaws.com", 443)],
        ),
        (
            {"account": "backup"},
            [("backup.blob.core.windows.net", 443)],
            [("another.blob.core.windows.net", 443), ("backup.blob.core.windows.net", 8443)],
        ),
        (
            {"account": "backup", "endpoint": "http://Blob.Example:8443/backup"},
            [("blob.example", 8443)],
            [("blob.example", 443), ("example", 8443)],
        ),
        (
            {"preset": "wasabi", "endpoint": "https://s3.wasabisys.com"},
            [("s3.wasabisys.com", 443), ("bucket.s3.wasabisys.com", 443)],
            [("s3.wasabisys.com", 80), ("127.0.0.1", 443)],
        ),
        ({"preset": "other", "endpoint": "http://[::1]"}, [("::1", 80)], [("::1", 443), ("::2", 80)]),
        ({"host": "Backup.example", "port": "0022"}, [("backup.EXAMPLE", 22)], [("backup.example", 80)]),
        ({"host": "backup.example"}, [("backup.example", 22)], [("other.example", 22)]),
        ({"path": "/srv/backup"}, [], [("", 443), (".", 443), ("backup.example.", 443)]),
    ],
)
def test_a_call_connects_to_its_own_service_alone(
    settings: dict[str, str], named: list[tuple[str, int]], others: list[tuple[str, int]]
) -> None:
    kinds = {
        "region": StorageKind.AMAZON_S3,
        "preset": StorageKind.S3_COMPATIBLE,
        "account": StorageKind.AZURE_BLOB,
        "host": StorageKind.SFTP,
        "path": StorageKind.LOCAL,
    }
    watch = Watch(remotes.goals(Remote(kinds[next(iter(settings))], settings)))
    assert [each for each in [*named, *others] if watch.names(*each)] == named


@pytest.mark.row("SF-1")
def test_a_name_whose_answer_changes_leads_nowhere(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer is public, each later one this computer: what was checked is what is connected to."""
    monkeypatch.setattr("server.storage.dialling.PATIENCE", 0.2)
    asked = 0

    async def turning(_host: str) -> list[Address]:
        nonlocal asked
        asked += 1
        return [ip_address("93.184.215.14" if asked == 1 else "127.0.0.1")]

    async def both(_host: str) -> list[Address]:
        return [ip_address("93.184.215.14"), ip_address("::ffff:127.0.0.1")]

    async def why(dialling: Dialling) -> TestResult:
        with pytest.raises(StorageError) as raised:
            await dialling.connect("rebinding.example", canary.port)
        return raised.value.result

    dialling = Dialling((), turning)
    assert asyncio.run(why(dialling)) in (TestResult.UNREACHABLE, TestResult.REFUSED)
    assert asked == 1
    assert asyncio.run(why(dialling)) is TestResult.NOT_ALLOWED
    assert asyncio.run(why(Dialling((), both))) is TestResult.NOT_ALLOWED
    canary.proved()


def test_the_guard_serves_nobody_else(canary: Canary) -> None:
    async def ask(guard: Guard, more: str) -> bytes:
        parts = urlsplit(guard.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"CONNECT 127.0.0.1:{canary.port} HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer

    async def ask_all() -> None:
        guard = Guard(Dialling((ip_network("127.0.0.0/8"),)))
        await guard.start()
        for more in ("", "Proxy-Authorization: Basic ZW5naW5lOg==\r\n", "Proxy-Authorization: Bearer x\r\n"):
            assert (await ask(guard, more)).startswith(b"HTTP/1.1 407 ")
        await guard.close()

    asyncio.run(ask_all())
    canary.proved()


def test_what_is_open_at_its_end_is_cut_without_a_word() -> None:
    said = list[str]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        writer.close()
        ended.set()

    async def cut() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context["message"]))
        guard = Guard(Dialling((ip_network("127.0.0.0/8"),)))
        service = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = service.sockets[0].getsockname()[1]
        await guard.start()
        parts = urlsplit(guard.url)
        password = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        with guard.watch({("127.0.0.1", port)}):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nProxy-Authorization: Basic {password}\r\n\r\n".encode())
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 200 OK\r\n\r\n"
            await reached.wait()
            await guard.close()
            assert await reader.read() == b""
            await ended.wait()
        for each in (writer, service):
            each.close()
            await each.wait_closed()

    reached, ended = asyncio.Event(), asyncio.Event()
    asyncio.run(cut())
    assert said == []


def test_those_who_say_nothing_are_few_and_soon_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.storage.guard.PATIENCE", 60.0)
    monkeypatch.setattr("server.storage.guard.UNKNOWN", 8)

    async def ends(reader: asyncio.StreamReader) -> bool:
        return await reader.read() == b""

    async def ask_all() -> None:
        guard = Guard(Dialling(()))
        await guard.start()
        parts = urlsplit(guard.url)
        silent = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(40)]
        ended = [asyncio.create_task(ends(reader)) for reader, _ in silent]
        async with asyncio.timeout(10):
            while sum(each.done() for each in ended) < 32:
                await asyncio.wait([each for each in ended if not each.done()], return_when=asyncio.FIRST_COMPLETED)
        assert sum(each.done() for each in ended) == 32
        for _, writer in silent:
            writer.close()
        monkeypatch.setattr("server.storage.guard.PATIENCE", 0.1)
        await asyncio.to_thread(wait_for, lambda: guard._unknown == 0)
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            assert await ends(reader), "it had its time"
        writer.close()
        await guard.close()

    asyncio.run(ask_all())


def test_what_is_public_is_allowed_and_what_is_listed() -> None:
    for text in ("93.184.215.14", "8.8.8.8", "2606:4700::1", "2a00:1450::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"):
        assert is_allowed(ip_address(text), ()), text
    for text in [*FORBIDDEN, *FORBIDDEN_6]:
        assert not is_allowed(ip_address(text), ()), text
        assert is_allowed(ip_address(text), [ip_network(text)]), text
    own = [ip_network("10.1.0.0/16")]
    for text in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3"):
        assert is_allowed(ip_address(text), own), text
    for text in ("10.2.0.1", "127.0.0.1", "::ffff:10.2.0.1", "2002:a01:203::1"):
        assert not is_allowed(ip_address(text), own), text
