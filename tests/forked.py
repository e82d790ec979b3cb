"""Server processes forked from one that has imported everything: real ones, that start in a third of the time.

Only on Linux; elsewhere, and for what is no Python module, `start` and `run` are those of `subprocess`.
"""

import multiprocessing
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
from tempfile import TemporaryDirectory
from typing import IO

ROOT = Path(__file__).parents[1]
FULL_HASHES = "TESTS_FULL_HASHES"
"""In the environment of a server whose passwords are to cost what they cost outside of tests."""
PRELOADED = ["server.serving", "server.cli", "uvicorn.protocols.http.httptools_impl", "uvloop", "tests.warm"]


class Forked:
    """As much of `subprocess.Popen` as our tests use."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Start a Python module, as `[python, "-m", module, …]` does; standard error goes to the end of `log`."""
        inside, writing = _context().Pipe(duplex=False)
        reading, outside = _context().Pipe(duplex=False)
        arguments = (list(command[2:]), dict(environment), inside, outside, str(log))
        self._process = _context().Process(target=_become, args=arguments, daemon=False)
        self._process.start()
        inside.close()
        outside.close()
        self.stdin: IO[str] = os.fdopen(os.dup(writing.fileno()), "w")
        self.stdout: IO[str] = os.fdopen(os.dup(reading.fileno()))
        writing.close()
        reading.close()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """Return how it ended, as `subprocess` writes it; null while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return how it ended; null while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""
        self._process.join(timeout)
        if (ended := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired("a forked server", timeout or 0.0)
        return ended

    def send_signal(self, number: int) -> None:
        """Send a signal, where it still runs."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without a word."""
        self.send_signal(signal.SIGKILL)


def start(command: Sequence[str], environment: Mapping[str, str], log: Path) -> "Forked | subprocess.Popen[str]":
    """Start a server process with pipes to its standard input and output."""
    if _can_fork(command):
        return Forked(command, environment, log)
    with log.open("a", encoding="utf-8") as errors:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def run(command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    if not _can_fork(command):
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    with TemporaryDirectory() as folder:
        log = Path(folder, "log")
        log.touch()
        process = Forked(command, environment, log)
        process.stdin.close()
        with process.stdout:
            told = process.stdout.read()
        return subprocess.CompletedProcess(list(command), process.wait(60), told, log.read_text(encoding="utf-8"))


def _can_fork(command: Sequence[str]) -> bool:
    return sys.platform == "linux" and list(command[:2]) == [sys.executable, "-m"]


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def _become(arguments: list[str], environment: dict[str, str], stdin: Connection, stdout: Connection, log: str) -> None:
    """Be the program: its streams, its environment, its folder, and then its module."""
    errors = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for place, given in enumerate((stdin.fileno(), stdout.fileno(), errors)):
        os.dup2(given, place)
    stdin.close()
    stdout.close()
    os.close(errors)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from tests import warm

    warm.begin_with_tables()
    if FULL_HASHES not in environment:
        _hash_quickly()
    sys.argv = arguments
    sys.modules.pop(arguments[0], None)
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def _hash_quickly() -> None:
    """Let passwords take no time: most tests are about something else, and spend most of theirs on them."""
    import argon2

    from server import hashing

    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    hashing._HASHER, hashing._NOBODY = quick, quick.hash("nobody's")
