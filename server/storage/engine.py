"""The engine: rclone as a process of ours, asked over a private socket. It ends with us, also where we are killed."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from server.config import Config
from server.log import log
from server.storage.dialling import Streams

PATIENCE = 20.0  # seconds for a short answer
STARTING = 15.0  # seconds until it answers at all
PAUSE = 0.05  # seconds between two attempts to reach one that starts
TELLING = 1.0  # seconds between two looks at a job
AT_ONCE = 16  # calls to a service
UNANSWERED = "unanswered"  # what tells how many of its calls a job may still wait for
STOPPING = 15.0  # seconds for a job that was stopped
HUNG = 30.0  # seconds for any answer of the engine itself: without one it does nothing any more, and is ended
LARGEST_ANSWER = 32 * 1024 * 1024
SMALL_ANSWER = 1024 * 1024  # is read in no time
MEMORY = 1024  # MiB that its process may fill, where the system keeps to that: it ends before it fills the computer

_KEPT = ("PATH", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR")  # of our environment: no credentials, no proxies
_WATCHED = """
folder=$1; memory=$2; shift 2
ulimit -d "$memory" 2>/dev/null || :
exec 3<&0
"$@" </dev/null 3<&- & engine=$!
{ read -r _ || :; kill -9 "$engine"; } <&3 2>/dev/null & watcher=$!
exec 3<&-
wait "$engine"
kill "$watcher" 2>/dev/null
rm -rf -- "$folder"
"""
"""Runs the engine until it ends, or standard input does: that is a pipe which only our process holds open."""

Told = Callable[[dict[str, Any]], None]


class EngineError(Exception):
    """The engine refused; `said` may hold secrets, so it is neither shown nor logged, only understood."""

    def __init__(self, said: str) -> None:
        """Keep what it said out of the arguments, which tracebacks show."""
        super().__init__("the engine refused")
        self.said = said


class EngineGone(Exception):
    """The engine has ended in the middle, or cannot be reached."""


def find(config: Config) -> str | None:
    """Return where rclone is: configured, on the PATH, or beside our interpreter; null where it is nowhere."""
    name = "rclone.exe" if os.name == "nt" else "rclone"
    if config.storage_engine is not None:
        return shutil.which(config.storage_engine)
    return shutil.which("rclone") or shutil.which(Path(sys.executable).parent / name)


class Engine:
    """Is started with the first call, and again with the next one after it has ended."""

    def __init__(self, binary: str) -> None:
        """Know what to start."""
        self._binary = binary
        self._process: Process | None = None
        self._starting = asyncio.Lock()
        self._password = secrets.token_urlsafe(32)
        self._where: Path | int = 0
        self._jobs = 0

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.returncode is None

    async def start(self, proxy: str) -> None:
        """Start it where it does not run; raises `EngineGone`."""
        async with self._starting:
            if self.running:
                return
            folder = Path(tempfile.mkdtemp(prefix="countersign-"))
            self._where = _free_port() if os.name == "nt" else folder / "engine"
            self._process = await asyncio.create_subprocess_exec(
                *self._command(folder),
                stdin=PIPE,
                stdout=DEVNULL,
                stderr=DEVNULL,  # it would repeat what services say
                env=self._environment(folder, proxy),
                start_new_session=True,
            )
            try:
                async with asyncio.timeout(STARTING):
                    await self._until_it_answers()
            except TimeoutError as error:
                await self.close()
                raise EngineGone("it does not start") from error
            log.info("the storage engine runs")

    def _command(self, folder: Path) -> list[str]:
        rclone = [self._binary, "rcd", "--config", ""]
        watched = ["/bin/sh", "-c", _WATCHED, "engine", str(folder), str(MEMORY * 1024)]
        return rclone if os.name == "nt" else watched + rclone

    def _environment(self, folder: Path, proxy: str) -> dict[str, str]:
        """Return all of its environment; its options are there because everybody may see arguments."""
        address = f"unix://{self._where}" if isinstance(self._where, Path) else f"127.0.0.1:{self._where}"
        options = {
            "RC_ADDR": address,
            "RC_USER": "server",
            "RC_PASS": self._password,
            "HTTP_PROXY": proxy,
            "FS_CACHE_EXPIRE_DURATION": "0s",  # credentials are not kept
            "LOW_LEVEL_RETRIES": "1",  # what is short fails at once; what is long says otherwise
            "CONTIMEOUT": "10s",
            "TIMEOUT": "60s",
            "CHECKERS": str(AT_ONCE),
            "RC_JOB_EXPIRE_DURATION": "10m",
            "USE_SERVER_MODTIME": "true",
        }
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        mine = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "APPDATA", "XDG_CACHE_HOME"), str(folder))
        tidy = {"GOMEMLIMIT": f"{MEMORY * 3 // 4}MiB"}  # what it does not use any more is no reason to end
        return kept | mine | tidy | {f"RCLONE_{name}": value for name, value in options.items()}

    async def _until_it_answers(self) -> None:
        while True:
            with contextlib.suppress(EngineGone):
                await self.call("rc/noopauth", {})
                return
            if not self.running:
                raise TimeoutError
            await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(STARTING):
                if os.name == "nt":
                    process.kill()
                await process.wait()
        except TimeoutError:
            process.kill()

    async def call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for one thing and return the answer; raises `EngineError`, or `EngineGone`, also where it hangs."""
        asked = self._process
        try:
            async with asyncio.timeout(HUNG):
                return await self._called(path, body)
        except TimeoutError as error:
            if self._process is asked:
                await self.close()
            raise EngineGone("it does not answer") from error

    async def _called(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            streams = await self._connect()
        except OSError as error:
            raise EngineGone("nobody listens") from error
        try:
            status, answer = await _asked(streams, path, self._password, json.dumps(body).encode())
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            raise EngineGone("the answer was cut short") from error
        finally:
            streams[1].transport.abort()
        if status != 200:
            raise EngineError(str(answer.get("error", "")))  # nothing else of it: `input` is what we sent
        return answer

    async def _connect(self) -> Streams:
        if isinstance(self._where, Path):
            return await asyncio.open_unix_connection(str(self._where))
        return await asyncio.open_connection("127.0.0.1", self._where)

    async def job(self, path: str, body: Mapping[str, Any], told: Told) -> dict[str, Any]:
        """Run something long, telling of its counts about every second.

        Cut short, or where it cannot be followed any more, it stops over there first.
        """
        self._jobs += 1
        group, asked = f"countersign-{self._jobs}", self._process
        started = asyncio.create_task(self.call(path, {**body, "_async": True, "_group": group}))
        try:
            status = await self._ended((await asyncio.shield(started))["jobid"], group, told)
        except BaseException:
            await self._stop(started, asked)
            raise
        finally:
            with contextlib.suppress(EngineError, EngineGone):
                await self.call("core/stats-delete", {"group": group})
        if not status["success"]:
            raise EngineError(str(status["error"]))
        return dict(status["output"] or {})

    async def _ended(self, job: int, group: str, told: Told) -> dict[str, Any]:
        """Wait for the end of a job; short ones are looked at more often than told of."""
        clock = asyncio.get_running_loop().time
        began = last = clock()
        while True:
            status = await self.call("job/status", {"jobid": job})
            if status["finished"] or clock() - last >= TELLING:
                stats = await self.call("core/stats", {"group": group})
                told({**stats, UNANSWERED: 0 if status["finished"] else AT_ONCE})
                last = clock()
            if status["finished"]:
                return status
            await asyncio.sleep(PAUSE if clock() - began < TELLING else TELLING / 4)

    async def _stop(self, started: asyncio.Task[dict[str, Any]], asked: Process | None) -> None:
        """Stop a job, also one that is still being asked for, and wait until it does nothing any more."""
        with contextlib.suppress(EngineError, EngineGone, TimeoutError):
            async with asyncio.timeout(STOPPING):
                await asyncio.wait({started})
                if self._process is not asked or isinstance(started.exception(), EngineError):
                    return  # it has ended with its engine, or was refused
                job = started.result()["jobid"]
                await self.call("job/stop", {"jobid": job})
                while True:
                    if await self._has_ended(job):
                        return
                    await asyncio.sleep(PAUSE)
        if self._process is asked:
            await self.close()  # so it stops with the whole engine

    async def _has_ended(self, job: int) -> bool:
        """Whether a job that was stopped has; what cannot be told of it, since it is too large, comes at its end."""
        try:
            return bool((await self.call("job/status", {"jobid": job}))["finished"])
        except EngineError:
            return True


async def _asked(streams: Streams, path: str, password: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """Ask as HTTP/1.0, whose answer ends with the connection."""
    reader, writer = streams
    key = b64encode(f"server:{password}".encode()).decode()
    head = f"POST /{path} HTTP/1.0\r\nHost: engine\r\nAuthorization: Basic {key}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()
    first, *_ = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)
    answer = bytearray()
    while chunk := await reader.read(1024 * 1024):
        answer += chunk
        if len(answer) > LARGEST_ANSWER:
            raise EngineError("the answer is too large")  # to ask again would not help
    return int(first.split(b" ")[1]), await _parsed(answer)


async def _parsed(answer: bytearray) -> dict[str, Any]:
    """Read JSON; what is large is read beside everything else, which goes on meanwhile."""
    if len(answer) <= SMALL_ANSWER:
        return dict(json.loads(answer))
    # a function of ours for each object, though it does nothing, is what lets other threads have their turn
    return dict(await asyncio.to_thread(json.loads, answer, object_hook=lambda found: found))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
