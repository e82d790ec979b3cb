"""Services that answer more than anybody needs: neither the engine nor we grow with it, and long lists are whole."""

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from typing_extensions import override

from server.contract.storage import TestResult
from server.storage.answers import StorageError
from server.storage.calls import _impatient
from server.storage.counting import Size
from server.storage.emptying import Emptied, Emptying
from server.storage.engine import AT_ONCE, _parsed
from server.tls import Names, key_pem, new_authority, new_leaf, pem
from tests.proving import wait_for
from tests.storage.flat_s3 import FlatS3
from tests.storage.services import World, engine, fill, s3, serve_s3, serve_sftp, sftp

SMALL = 512 * 1024
ENOUGH = 300 * 1024 * 1024  # where nothing else ends it


def ignore(*_: object) -> None:
    """Be told, and do nothing."""


class Flood:
    """A service whose one answer is a name that does not end."""

    def __init__(self) -> None:
        """Serve at once."""
        self.sent = list[int]()
        self.stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _flooding(self))
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """End it."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


def _flooding(flood: Flood) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            call = len(flood.sent)
            flood.sent.append(0)
            chunk = b'<?xml version="1.0"?><ListBucketResult><Contents><Key>'
            try:
                while not flood.stopped.is_set():
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                    flood.sent[call] += len(chunk)
                    chunk = b"a" * 65536
                    if sum(flood.sent) > ENOUGH:
                        return
            except OSError:
                self.close_connection = True

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def flood() -> Iterator[Flood]:
    service = Flood()
    yield service
    service.close()


def test_an_answer_that_does_not_end_is_cut(world: World, flood: Flood, monkeypatch: pytest.MonkeyPatch) -> None:
    engine()
    monkeypatch.setattr("server.storage.guard.MOST", SMALL)
    monkeypatch.setattr("server.storage.calls.TRIES", 2)
    assert world.failure(world.storage.browse(s3(flood.endpoint), "backup")) is TestResult.FAILED
    assert world.failure(world.storage.measure(s3(flood.endpoint), "backup", ignore)) is TestResult.FAILED
    assert 0 < len(flood.sent) < 30
    assert max(flood.sent) < 16 * 1024 * 1024, "what lies in buffers, and no more"


class Drip:
    """A service that answers a call for a list with a space now and then, which no timeout of silence ends."""

    def __init__(self) -> None:
        """Serve at once."""
        self.calls, self.ended = 0, 0
        self.stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _dripping(self))
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """End it."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


def _dripping(drip: Drip) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            drip.calls += 1
            try:
                self.wfile.write(b'HTTP/1.0 200 OK\r\n\r\n<?xml version="1.0"?><ListBucketResult>')
                while not drip.stopped.wait(0.05):
                    self.wfile.write(b" ")
            except OSError:
                drip.ended += 1

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def test_a_service_that_drips_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    engine()
    monkeypatch.setattr("server.storage.calls.PROGRESS", 0.5)
    drip = Drip()
    for asked in (world.storage.measure, world.storage.empty):
        assert (
            world.failure(asyncio.wait_for(asked(s3(drip.endpoint), "backup/alice", ignore), 30))
            is TestResult.UNREACHABLE
        )
    world.run(asyncio.to_thread(wait_for, lambda: drip.calls == drip.ended > 1))
    drip.close()


def test_a_service_that_fails_from_the_middle_on_is_given_up(
    world: World, flat_s3: FlatS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine()
    monkeypatch.setattr("server.storage.calls.IN_VAIN", 2.0)
    monkeypatch.setattr("server.storage.calls.TRIES", 2)
    flat_s3.keys = dict.fromkeys((f"alice/{number:05}" for number in range(500)), 1)
    flat_s3.fails_after = 100
    told = list[Emptying]()
    emptying = world.storage.empty(s3(flat_s3.endpoint), "backup/alice", told.append)
    assert world.failure(asyncio.wait_for(emptying, 120)) is TestResult.FAILED
    assert told[-1].failed
    assert len(flat_s3.keys) < 500
    calls = len(flat_s3.calls)
    with pytest.raises(AssertionError):
        wait_for(lambda: len(flat_s3.calls) > calls, 1.0)
    flat_s3.fails_after, flat_s3.failure = None, None
    assert world.run(world.storage.empty(s3(flat_s3.endpoint), "backup/alice", told.append)) == Emptied(0, None)


def test_what_is_asked_for_is_not_told_as_deleted_before_it_is(world: World, flat_s3: FlatS3) -> None:
    engine()
    flat_s3.keys = dict.fromkeys((f"alice/{number:02}" for number in range(AT_ONCE + 4)), 1)
    flat_s3.deletes.clear()
    told = list[Emptying]()

    async def story() -> None:
        emptying = asyncio.create_task(world.storage.empty(s3(flat_s3.endpoint), "backup/alice", told.append))
        await asyncio.to_thread(wait_for, lambda: any(each.asked for each in told))
        assert (told[-1].asked, told[-1].deleted, len(flat_s3.keys)) == (AT_ONCE, 0, AT_ONCE + 4)
        flat_s3.deletes.set()
        assert await emptying == Emptied(0, None)

    world.run(story())
    assert told[-1].deleted == AT_ONCE + 4


def test_what_may_not_be_deleted_keeps_nothing_else_from_it(
    world: World, flat_s3: FlatS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine()
    monkeypatch.setattr("server.storage.calls.IN_VAIN", 2.5)
    flat_s3.keys = dict.fromkeys((f"alice/{number:05}" for number in range(520)), 1)
    flat_s3.kept = {key for key in flat_s3.keys if key < "alice/00500"}
    done = world.run(world.storage.empty(s3(flat_s3.endpoint), "backup/alice", ignore))
    assert done.failure is TestResult.NO_DELETE_PERMISSION
    assert 500 <= done.left == len(flat_s3.keys) < 520


def test_folders_that_go_are_no_work_in_vain(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.storage.calls.IN_VAIN", 0.0)

    async def tell() -> None:
        telling = _impatient(ignore)
        stats = {"deletes": 1, "errors": 0, "lastError": "Failure"}
        for folders in range(10):
            telling({**stats, "deletedDirs": 2 * folders, "errors": folders // 2})
        with pytest.raises(StorageError):
            telling({**stats, "deletedDirs": 18, "errors": 5})

    world.run(tell())


def test_what_comes_further_is_not_given_up(world: World, flat_s3: FlatS3, monkeypatch: pytest.MonkeyPatch) -> None:
    engine()
    monkeypatch.setattr("server.storage.calls.PROGRESS", 0.5)
    flat_s3.endless = True

    async def measure() -> None:
        told, enough = list[int](), asyncio.Event()

        def telling(_bytes: int, objects: int) -> None:
            told.append(objects)
            if len(told) == 4:
                enough.set()

        measuring = asyncio.create_task(world.storage.measure(s3(flat_s3.endpoint), "backup", telling))
        waiting = asyncio.create_task(enough.wait())
        await asyncio.wait({measuring, waiting}, return_when=asyncio.FIRST_COMPLETED)
        assert not measuring.done()
        measuring.cancel()
        await asyncio.wait({measuring})

    world.run(measure())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep to the limit")
def test_an_engine_that_grows_ends_and_is_started_again(
    tmp_path: Path, flood: Flood, flat_s3: FlatS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine()
    monkeypatch.setattr("server.storage.guard.MOST", 1024**3)
    monkeypatch.setattr("server.storage.engine.MEMORY", 160)
    world = World(tmp_path)
    assert world.run(world.storage.places(s3(flat_s3.endpoint))) == ["backup"]
    process = psutil.Process(world.engine_process())
    assert world.failure(world.storage.measure(s3(flood.endpoint), "backup", ignore)) is TestResult.FAILED
    assert not process.is_running()
    assert world.run(world.storage.places(s3(flat_s3.endpoint))) == ["backup"]
    world.close()


def test_more_places_than_anybody_looks_through_are_cut(
    world: World, flat_s3: FlatS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine()
    buckets = "".join(f"<Bucket><Name>bucket-{each:04}</Name></Bucket>" for each in range(1500))
    body = f"<ListAllMyBucketsResult><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>"
    calls = list[str]()

    def answer(method: str, _target: str) -> tuple[int, str, dict[str, str]]:
        calls.append(method)
        return 200, body, {}

    monkeypatch.setattr(flat_s3, "answer", answer)
    assert world.run(world.storage.places(s3(flat_s3.endpoint))) == [f"bucket-{each:04}" for each in range(1000)]
    calls.clear()
    monkeypatch.setattr("server.storage.engine.LARGEST_ANSWER", 100_000)
    assert world.failure(world.storage.places(s3(flat_s3.endpoint))) is TestResult.FAILED
    assert calls == ["GET"], "it was asked again"


def test_a_large_answer_is_read_beside_everything_else() -> None:
    answer = bytearray(
        json.dumps({"list": [{"Name": f"object-{each}", "Size": each} for each in range(300_000)]}).encode()
    )

    async def longest_wait() -> tuple[float, float]:
        clock = asyncio.get_running_loop().time
        reading, began, longest = asyncio.create_task(_parsed(answer)), clock(), 0.0
        while not reading.done():
            last = clock()
            await asyncio.sleep(0.001)
            longest = max(longest, clock() - last)
        assert len(reading.result()["list"]) == 300_000
        return longest, clock() - began

    longest, whole = asyncio.run(longest_wait())
    assert longest < whole / 2


@pytest.fixture
def trusting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, str]]:
    """Return a `Storage` that knows a service of TLS, where one connection is used for many calls; and the service."""
    names, now = Names.of(["127.0.0.1"]), datetime.now(UTC)
    authority, key = new_authority(names, now), ec.generate_private_key(ec.SECP256R1())
    leaf = new_leaf(authority, key, names, now)
    certificate, key_file, trusted = (tmp_path / name for name in ("certificate.pem", "key.pem", "trusted.pem"))
    certificate.write_text(pem(leaf))
    key_file.write_text(key_pem(key))
    trusted.write_text(pem(authority.certificate))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    world = World(tmp_path)
    service = serve_s3(
        world.folder, tmp_path, "--cert", str(certificate), "--key", str(key_file), "--dir-cache-time", "5m"
    )
    yield world, f"https://127.0.0.1:{service.port}"
    world.close()
    service.stop()


def test_long_lists_and_deletions_outlive_their_connections(
    trusting: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, endpoint = trusting
    names = [f"{'long' * 40}-{each:04}" for each in range(3000)]
    fill(world.folder / "backup", *(f"many/{each}" for each in names), *(f"alice/{each}" for each in names[:300]))
    connections, dialled = list[str](), world.storage._dialling.connect

    async def counting(host: str, port: int) -> Any:
        connections.append(host)
        return await dialled(host, port)

    object.__setattr__(world.storage._dialling, "connect", counting)
    assert world.run(world.storage.measure(s3(endpoint), "backup", ignore)) == Size(330_000, 3300)
    seen = len(connections)
    monkeypatch.setattr("server.storage.guard.MOST", SMALL)
    assert world.run(world.storage.measure(s3(endpoint), "backup", ignore)) == Size(330_000, 3300)
    assert len(connections) > seen + 1, "nothing was cut, so this shows nothing"
    seen = len(connections)
    monkeypatch.setattr("server.storage.guard.MOST", SMALL // 4)
    assert world.run(world.storage.empty(s3(endpoint), "backup/alice", ignore)) == Emptied(0, None)
    assert len(connections) > seen + 1, "nothing was cut, so this shows nothing"
    assert not (world.folder / "backup" / "alice").exists()


def test_a_walk_by_sftp_is_not_cut(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = serve_sftp(world.folder, tmp_path)
    try:
        fill(world.folder / "walk", *(f"{each % 3}/{'long' * 20}-{each:04}" for each in range(3000)))
        key = world.run(world.storage.test(sftp(service))).host_key or ""
        monkeypatch.setattr("server.storage.guard.MOST", 100_000)
        assert world.run(world.storage.measure(sftp(service, host_key=key), "walk", ignore)) == Size(300_000, 3000)
    finally:
        service.stop()
