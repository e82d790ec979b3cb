"""Server processes forked from one that has imported everything: real ones, that start in a third of the time.

Only on Linux; elsewhere, and for what is no Python module, `start` and `run` are those of `subprocess`.
"""

import multiprocessing.connection
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from types import SimpleNamespace
from typing import IO, Any

ROOT = Path(__file__).parents[1]
FULL_HASHES = "TESTS_FULL_HASHES"
"""In the environment of a server whose passwords are to cost what they cost outside of tests."""
_ASKING = Lock()
"""Held by whoever asks how processes ended, as each start does too: only the first to ask is told."""
PRELOADED = ["server.serving", "server.cli", "uvicorn.protocols.http.httptools_impl", "uvloop", "tests.warm"]


class Forked:
    """As much of `subprocess.Popen` as our tests use."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], errors: IO[Any], *, text: bool = True
    ) -> None:
        """Start a Python module, as `[python, "-m", module, …]` does; standard error goes to the file `errors`."""
        inside, writing = _context().Pipe(duplex=False)
        reading, outside = _context().Pipe(duplex=False)
        telling = Connection(os.dup(errors.fileno()), readable=False)
        arguments = (list(command[2:]), dict(environment), inside, outside, telling)
        self._process = _context().Process(target=_become, args=arguments, daemon=False)
        with _ASKING:
            self._process.start()
        self.stdin: IO[Any] = os.fdopen(os.dup(writing.fileno()), "w" if text else "wb")
        self.stdout: IO[Any] = os.fdopen(os.dup(reading.fileno()), "r" if text else "rb")
        for each in (inside, writing, reading, outside, telling):
            each.close()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """Return how it ended, as `subprocess` writes it; null while it runs."""
        with _ASKING:
            return self._process.exitcode

    def poll(self) -> int | None:
        """Return how it ended; null while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended, in as many threads as one likes."""
        multiprocessing.connection.wait([self._process.sentinel], timeout)
        if (ended := self.returncode) is None:
            raise subprocess.TimeoutExpired("a forked server", timeout or 0.0)
        return ended

    def send_signal(self, number: int) -> None:
        """Send a signal, where it still runs."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a word."""
        self.send_signal(signal.SIGKILL)


def start(command: Sequence[str], environment: Mapping[str, str], log: Path) -> "Forked | subprocess.Popen[str]":
    """Start a server process with pipes to its standard input and output; standard error goes to the end of `log`."""
    with log.open("a", encoding="utf-8") as errors:
        if _can_fork(command):
            return Forked(command, environment, errors)
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def run(
    command: Sequence[str], environment: Mapping[str, str], *, text: bool = True
) -> "subprocess.CompletedProcess[Any]":
    """Run a command to its end."""
    if not _can_fork(command):
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=text, timeout=60, check=False
        )
    with TemporaryFile("w+" if text else "w+b") as errors:
        process = Forked(command, environment, errors, text=text)
        process.stdin.close()
        with process.stdout:
            told = process.stdout.read()
        ended = process.wait(60)
        errors.seek(0)
        return subprocess.CompletedProcess(list(command), ended, told, errors.read())


def of_console() -> Any:
    """Return what stands for `subprocess` where a console starts its server and its commands; only on Linux."""

    def popen(command: Sequence[str], *, stderr: IO[Any], **_: Any) -> Forked:
        return Forked(command, os.environ, stderr, text=False)

    return SimpleNamespace(
        Popen=popen,
        run=lambda command, **_: run(command, os.environ, text=False),
        TimeoutExpired=subprocess.TimeoutExpired,
        PIPE=subprocess.PIPE,
        DEVNULL=subprocess.DEVNULL,
    )


def _can_fork(command: Sequence[str]) -> bool:
    return sys.platform == "linux" and list(command[:2]) == [sys.executable, "-m"]


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def _become(
    arguments: list[str], environment: dict[str, str], stdin: Connection, stdout: Connection, stderr: Connection
) -> None:
    """Be the program: its streams, its environment, its folder, and then its module."""
    for place, given in enumerate((stdin, stdout, stderr)):
        os.dup2(given.fileno(), place)
        given.close()
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from tests import warm

    warm.begin_with_tables()
    if FULL_HASHES not in environment:
        _hash_quickly()
    _give_up_soon()
    sys.argv = arguments
    sys.modules.pop(arguments[0], None)
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def _hash_quickly() -> None:
    """Let passwords take no time: most tests are about something else, and spend most of theirs on them."""
    import argon2

    from server import hashing

    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    hashing._HASHER, hashing._NOBODY = quick, quick.hash("nobody's")


def _give_up_soon() -> None:
    """Wait for phones that were cut off, and for services that fail, a third as long as outside of tests."""
    from server import reach
    from server.storage import calls

    reach.PARTING /= 3
    calls.IN_VAIN /= 3
