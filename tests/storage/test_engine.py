"""The engine's process: private, started again when it has gone, and never longer there than we are."""

import asyncio
import logging
import socket
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import psutil
import pytest

from server.contract.storage import TestResult
from server.storage import engine as engines
from server.storage.answers import StorageError
from server.storage.dialling import Streams
from tests.proving import wait_for
from tests.storage.flat_s3 import FlatS3
from tests.storage.services import World, engine, s3

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="on Windows it runs without the shell that watches us")

SERVER = """
import asyncio, sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from server.config import Config
from tests.storage.services import s3
from server.storage.storage import Storage

async def main():
    storage = Storage(Config(data=Path(sys.argv[1]), storage_allow=(ip_network("127.0.0.0/8"),)))
    await storage.places(s3(sys.argv[2]))
    print((await storage._calls._engine.call("core/pid", {}))["pid"], flush=True)
    await storage.measure(s3(sys.argv[2]), "backup", lambda *_: print("measuring", flush=True))

asyncio.run(main())
"""


def folder_of(process: psutil.Process) -> Path:
    """Return the private folder of an engine."""
    return Path(process.environ()["HOME"])


def test_only_we_reach_it(world: World, flat_s3: FlatS3) -> None:
    engine()
    world.run(world.storage.places(s3(flat_s3.endpoint)))
    process = psutil.Process(world.engine_process())
    assert folder_of(process).stat().st_mode & 0o777 == 0o700
    arguments = " ".join(process.cmdline() + process.parent().cmdline())
    running = world.storage._calls._engine
    assert running is not None
    for secret in (running._password, world.storage._calls._guard._password, "canary"):
        assert secret not in arguments
    running._password, known = "another", running._password
    with pytest.raises(Exception, match=r"the engine refused|cut short"):
        world.run(running.call("core/pid", {}))
    running._password = known


def test_none_of_our_environment_reaches_it(tmp_path: Path, flat_s3: FlatS3, monkeypatch: pytest.MonkeyPatch) -> None:
    engine()
    for name in (
        "AWS_ACCESS_KEY_ID",
        "RCLONE_S3_ENDPOINT",
        "RCLONE_DRY_RUN",
        "HTTPS_PROXY",
        "NO_PROXY",
        "SSH_AUTH_SOCK",
    ):
        monkeypatch.setenv(name, "http://canary.invalid")
    world = World(tmp_path)
    world.run(world.storage.places(s3(flat_s3.endpoint)))
    assert "canary" not in str(psutil.Process(world.engine_process()).environ())
    world.close()


def test_it_is_started_again_by_the_next_call(world: World, flat_s3: FlatS3) -> None:
    engine()
    flat_s3.endless = True

    async def measure_while_it_is_killed() -> None:
        running = world.storage._calls._engine
        assert running is not None
        pid = (await running.call("core/pid", {}))["pid"]
        await world.storage.measure(s3(flat_s3.endpoint), "backup", lambda *_: psutil.Process(pid).kill())

    world.run(world.storage.places(s3(flat_s3.endpoint)))
    first = world.engine_process()
    assert world.failure(measure_while_it_is_killed()) is TestResult.FAILED
    assert world.run(world.storage.places(s3(flat_s3.endpoint))) == ["backup"]
    assert world.engine_process() != first


@pytest.mark.parametrize("long", [True, False])
def test_one_that_hangs_is_ended_and_started_again(
    world: World, flat_s3: FlatS3, monkeypatch: pytest.MonkeyPatch, *, long: bool
) -> None:
    engine()
    remote = s3(flat_s3.endpoint)
    world.run(world.storage.places(remote))
    monkeypatch.setattr("server.storage.calls.PATIENCE", 2.0)
    monkeypatch.setattr("server.storage.engine.HUNG", 2.0)
    hung = psutil.Process(world.engine_process())
    if long:
        flat_s3.endless = True
        measuring = world.storage.measure(remote, "backup", lambda *_: hung.suspend())
        assert world.failure(asyncio.wait_for(measuring, 30)) is TestResult.FAILED
        flat_s3.endless = False
    else:
        hung.suspend()
    assert world.run(asyncio.wait_for(world.storage.places(remote), 30)) == ["backup"]
    assert not hung.is_running()
    assert psutil.Process(world.engine_process()).is_running()


def test_what_is_cut_short_before_it_is_known_to_run_never_does(
    world: World, flat_s3: FlatS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine()
    monkeypatch.setattr("server.storage.engine.STOPPING", 1.0)
    flat_s3.keys = {"alice/kept": 1}
    world.run(world.storage.places(s3(flat_s3.endpoint)))
    hung = psutil.Process(world.engine_process())
    hung.suspend()
    with pytest.raises(TimeoutError):
        world.run(asyncio.wait_for(world.storage.empty(s3(flat_s3.endpoint), "backup/alice", lambda _: None), 1))
    assert not hung.is_running()
    assert flat_s3.keys == {"alice/kept": 1}


@pytest.mark.parametrize("cut_short", [True, False])
def test_a_job_that_nobody_follows_is_stopped_and_the_engine_goes_on(
    world: World, flat_s3: FlatS3, monkeypatch: pytest.MonkeyPatch, *, cut_short: bool
) -> None:
    engine()
    flat_s3.endless = True
    world.run(world.storage.places(s3(flat_s3.endpoint)))
    running, real, jobs = world.storage._calls._engine, engines._asked, list[int]()
    before = world.engine_process()
    assert running is not None

    async def story() -> None:
        runs, may_answer = asyncio.Event(), asyncio.Event()

        async def asked(streams: Streams, path: str, password: str, body: bytes) -> tuple[int, dict[str, Any]]:
            answer = await real(streams, path, password, body)
            if path == "operations/size":
                jobs.append(answer[1]["jobid"])
                runs.set()
                if cut_short:
                    await may_answer.wait()
            return answer

        def told(*_: int) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(engines, "_asked", asked)
        measuring = asyncio.create_task(world.storage.measure(s3(flat_s3.endpoint), "backup", told))
        await runs.wait()
        if cut_short:
            measuring.cancel()
            await asyncio.wait({measuring}, timeout=0.1)
            assert not measuring.done(), "it may run, and nobody knows by what number"
            may_answer.set()
        with pytest.raises(asyncio.CancelledError if cut_short else ZeroDivisionError):
            await measuring
        assert (await running.call("job/status", {"jobid": jobs[0]}))["finished"]

    world.run(asyncio.wait_for(story(), 30))
    assert world.engine_process() == before


def test_one_answer_that_is_too_large_does_not_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = engine()
    for number in range(200):
        (tmp_path / f"file-{number}").write_bytes(b"")

    async def story() -> None:
        made = engines.Engine(binary)
        await made.start("http://127.0.0.1:1")
        monkeypatch.setattr(engines, "LARGEST_ANSWER", 4000)
        body = {"fs": {"type": "local", "_root": f"{tmp_path}/"}, "remote": ""}
        try:
            with pytest.raises(engines.EngineError) as refused:
                await made.job("operations/list", body, lambda _: None)
            assert "too large" in refused.value.said
            assert made.running
        finally:
            await made.close()

    asyncio.run(story())


def test_a_service_that_is_slow_does_not_end_it(world: World, flat_s3: FlatS3, monkeypatch: pytest.MonkeyPatch) -> None:
    engine()
    world.run(world.storage.places(s3(flat_s3.endpoint)))
    monkeypatch.setattr("server.storage.calls.PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        before = world.engine_process()
        waiting = world.storage.places(s3(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        assert world.failure(waiting) is TestResult.UNREACHABLE
        assert world.engine_process() == before


def test_many_first_calls_start_one(tmp_path: Path, flat_s3: FlatS3) -> None:
    engine()
    world = World(tmp_path)

    async def all_at_once() -> list[list[str]]:
        return await asyncio.gather(*(world.storage.places(s3(flat_s3.endpoint)) for _ in range(10)))

    assert world.run(all_at_once()) == [["backup"]] * 10
    ours = [each for each in psutil.Process().children(recursive=True) if "rcd" in each.cmdline()[1:2]]
    assert len({folder_of(each) for each in ours}) <= 2, "this one, and that of the module"
    world.close()


def test_closed_it_leaves_nothing(tmp_path: Path, flat_s3: FlatS3) -> None:
    engine()
    world = World(tmp_path)
    world.run(world.storage.places(s3(flat_s3.endpoint)))
    process = psutil.Process(world.engine_process())
    folder = folder_of(process)
    world.run(world.storage.close())
    assert not process.is_running()
    assert not folder.exists()
    assert world.run(world.storage.places(s3(flat_s3.endpoint))) == ["backup"], "a later call starts it again"
    world.close()


def test_a_server_that_is_killed_takes_it_along(tmp_path: Path, flat_s3: FlatS3) -> None:
    engine()
    flat_s3.endless = True
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path), flat_s3.endpoint], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        process = psutil.Process(int(server.stdout.readline()))
        folder = folder_of(process)
        assert server.stdout.readline() == "measuring\n"
        server.kill()
    wait_for(lambda: not process.is_running() and not folder.exists())
    seen = len(flat_s3.calls)
    with pytest.raises(AssertionError):
        wait_for(lambda: len(flat_s3.calls) > seen, 0.5)


def test_no_secret_is_logged_or_raised(world: World, flat_s3: FlatS3, caplog: pytest.LogCaptureFixture) -> None:
    engine()
    caplog.set_level(logging.DEBUG)
    shown = ""
    for failure in ((403, "AccessDenied"), (403, "SignatureDoesNotMatch"), (400, "NobodyKnows")):
        flat_s3.failure = failure
        for asked in (
            world.storage.places(s3(flat_s3.endpoint)),
            world.storage.measure(s3(flat_s3.endpoint), "backup", lambda *_: None),
            world.storage.places(s3("http://169.254.169.254")),
            world.storage.places(s3("nonsense")),
        ):
            with pytest.raises(StorageError) as raised:
                world.run(asked)
            shown += "".join(traceback.format_exception(raised.value)) + repr(raised.value)
            shown += repr(raised.value.__context__) + repr(raised.value.__cause__)
    shown += repr(s3(flat_s3.endpoint)) + caplog.text
    assert "canary" not in shown
