"""The guard: nothing that people write leads the engine, or us, to an address that is not public and not listed."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from typing_extensions import override

from server.contract.storage import StorageKind, TestResult
from server.storage.addresses import Address, is_allowed
from server.storage.answers import StorageError
from server.storage.dialling import Dialling
from server.storage.remote import Remote
from tests.storage.services import World, s3

FORBIDDEN = [
    *("127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "0.0.0.1", "169.254.169.254", "169.254.170.2"),  # noqa: S104
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.254"),
    *("100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1", "224.0.0.1", "239.1.1.1"),
    *("240.0.0.1", "255.255.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"),
]
FORBIDDEN_6 = [
    *("::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fd20:ce::254", "ff02::1", "2001:db8::1", "2001::1"),
    *("100::1", "fec0::1", "3fff::1", "4000::1", "5f00::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "64:ff9b:1::1"),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "52.95.110.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2606:4700::1111"]


def spellings(text: str) -> list[str]:
    """Return other ways to write an IPv4 address, as the system's resolver or a proxy may read them."""
    number, (a, b, c, d) = int(IPv4Address(text)), text.split(".")
    parts = [int(each) for each in (a, b, c, d)]
    return [
        text,
        f"{text}.",
        str(number),
        hex(number),
        f"0{number:o}",
        ".".join(hex(each) for each in parts),
        ".".join(f"0{each:o}" for each in parts),
        f"{a}.{(parts[1] << 16) + (parts[2] << 8) + parts[3]}",
        f"{a}.{b}.{(parts[2] << 8) + parts[3]}",
        f"::ffff:{text}",
        f"::{text}",
        f"64:ff9b::{text}",
        f"2002:{parts[0]:02x}{parts[1]:02x}:{parts[2]:02x}{parts[3]:02x}::1",
        f"2606:4700::5efe:{text}",
    ]


CORPUS = [each for text in FORBIDDEN for each in spellings(text)] + FORBIDDEN_6
NAMES = ["localhost", "LOCALHOST", "localhost.", "ip6-localhost", socket.gethostname()]
ENDPOINTS = [
    *("http://user@127.0.0.1:{port}", "http://127.0.0.1:{port}#@example.com", "http://example.com@127.0.0.1:{port}"),
    *("http://127.0.0.1:{port}\r\nHost: example.com", "http://127.0.0.1:{port}/\n", "http://127.0.0.1:{port}\t"),
    *("http://127。0。0。1:{port}", "http://①②⑦.⓪.⓪.①:{port}", "http://ⓛocalhost:{port}", "http://loc%61lhost:{port}"),
    *("http://127.0.0.1%00:{port}", "http://[::1%25lo]:{port}", "http://[::1]:{port}", "http://[::]:{port}"),
    *(
        "http://0:{port}",
        "http://127.1:{port}",
        "http://2130706433:{port}",
        "http://0x7f.1:{port}",
        "http://0177.1:{port}",
    ),
    *("http://localhost:{port}", "http://[::ffff:127.0.0.1]:{port}", "http://[64:ff9b::127.0.0.1]:{port}"),
    *(
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}",
        "//127.0.0.1:{port}",
        "http:/127.0.0.1:{port}",
        "http://:{port}",
    ),
    *("http://127.0.0.1:{port}\\@example.com", "http://example.com:80@127.0.0.1:{port}", "http://127.0.0.1:{port}?x=1"),
]


class Canary:
    """Listens where nothing may connect to, and counts who does."""

    def __init__(self) -> None:
        self.hits = 0
        self._sockets = [self._listen("127.0.0.1", 0)]
        self.port = int(self._sockets[0].getsockname()[1])
        if socket.has_ipv6:
            self._sockets.append(self._listen("::1", self.port))
        self._threads = [threading.Thread(target=self._count, args=(each,), daemon=True) for each in self._sockets]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _listen(host: str, port: int) -> socket.socket:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)

    def _count(self, listening: socket.socket) -> None:
        while True:
            try:
                made, _ = listening.accept()
            except OSError:
                return
            self.hits += 1
            made.close()

    def close(self) -> None:
        """Stop listening."""
        for each in self._sockets:
            each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(10)


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    made.close()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a `Storage` for which nothing is listed."""
    made = World(tmp_path_factory.mktemp("strict"), allow="")
    yield made
    made.close()


def connected(dialling: Dialling, host: str, port: int) -> TestResult:
    """Try to connect; the result says why not."""

    async def connect() -> TestResult:
        try:
            _, writer = await dialling.connect(host, port)
        except StorageError as error:
            return error.result
        writer.close()
        return TestResult.OK

    return asyncio.run(connect())


@pytest.mark.row("SF-1")
def test_no_spelling_of_a_forbidden_address_is_connected_to(canary: Canary) -> None:
    assert len(CORPUS) >= 200
    dialling = Dialling(())
    got = {host: connected(dialling, host, canary.port) for host in [*CORPUS, *NAMES]}
    allowed = {TestResult.NOT_ALLOWED, TestResult.UNKNOWN_HOST, TestResult.INVALID}
    assert not {host: why for host, why in got.items() if why not in allowed}
    assert got["127.0.0.1"] is got["::1"] is got["169.254.169.254"] is TestResult.NOT_ALLOWED
    assert canary.hits == 0
    assert connected(Dialling((ip_network("127.0.0.0/8"),)), "127.0.0.1", canary.port) is TestResult.OK


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_public_is_allowed(text: str) -> None:
    assert is_allowed(ip_address(text), ())


@pytest.mark.row("SF-1")
def test_a_name_that_changes_its_mind_is_asked_once_and_one_bad_address_spoils_it(canary: Canary) -> None:
    answers: list[list[Address]] = [
        [IPv4Address("93.184.215.14"), IPv4Address("127.0.0.1")],
        [IPv6Address("::ffff:169.254.169.254")],
        [IPv4Address("127.0.0.1")],
    ]
    asked = iter(answers)

    async def resolve(_host: str) -> list[Address]:
        return next(asked)

    dialling = Dialling((), resolve)
    for _ in answers:
        assert connected(dialling, "rebinding.example", canary.port) is TestResult.NOT_ALLOWED
    assert next(asked, None) is None
    assert canary.hits == 0


@pytest.mark.row("SF-1")
def test_no_endpoint_leads_the_engine_there(strict: World, canary: Canary) -> None:
    for endpoint in ENDPOINTS:
        result = strict.run(strict.storage.test(s3(endpoint.format(port=canary.port)))).result
        assert result in (TestResult.NOT_ALLOWED, TestResult.INVALID, TestResult.UNKNOWN_HOST), endpoint
    sftp = {"host": "127.0.0.1", "port": str(canary.port), "username": "a", "password": "b"}
    assert strict.run(strict.storage.test(Remote(StorageKind.SFTP, sftp))).result is TestResult.NOT_ALLOWED
    assert canary.hits == 0


@pytest.mark.row("SF-1")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_nowhere_that_is_not_allowed(tmp_path: Path, canary: Canary, status: int) -> None:
    class Redirecting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", f"http://127.0.0.1:{canary.port}/latest/meta-data/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.3", 0), Redirecting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    world = World(tmp_path, allow="127.0.0.3/32")
    try:
        result = world.run(world.storage.test(s3(f"http://127.0.0.3:{server.server_address[1]}"))).result
        assert result is not TestResult.OK
        assert canary.hits == 0
    finally:
        world.close()
        server.shutdown()
        server.server_close()
