"""A phone elsewhere: Chromium in a network namespace of its own, with its own names and its own trusted certificates.

Nothing of this computer's loopback is there; the two are joined by one cable.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright

from tests.phone import browser as chromium

NEEDED = ("ip", "certutil")
PACKAGES = "iproute2 libnss3-tools"


class Elsewhere:
    """The namespace; `here` is this computer's address on the cable, `there` the phone's."""

    def __init__(self, folder: Path, name: str, names: Sequence[str] = ()) -> None:
        """Know where its files go; `names` are those that lead here."""
        self.name, self.home, self._folder = name, folder / "home", folder
        number = os.getpid() % 60_000
        self._net = f"10.{64 + number // 4096}.{number // 16 % 256}.{number % 16 * 16}"
        head, _, last = self._net.rpartition(".")
        self.here, self.there = f"{head}.{int(last) + 1}", f"{head}.{int(last) + 2}"
        self._names = list(names)

    def open(self) -> None:
        """Lay the cable."""
        self._trusted.mkdir(parents=True)
        _run("certutil", "-N", "--empty-password", "-d", f"sql:{self._trusted}")
        own = Path("/etc/netns", self.name)
        own.mkdir(parents=True)
        (own / "resolv.conf").touch()  # there is nobody else to ask
        self.know(*self._names)
        ours, theirs = f"{self.name}a", f"{self.name}b"
        _run("ip", "netns", "add", self.name)
        _run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", self.name)
        _run("ip", "address", "add", f"{self.here}/28", "dev", ours)
        _run("ip", "link", "set", ours, "up")
        for command in (
            ("address", "add", f"{self.there}/28", "dev", theirs),
            ("link", "set", theirs, "up"),
            ("link", "set", "lo", "up"),
            ("route", "add", "default", "via", self.here),
            ("rule", "add", "pref", "2", "lookup", "local"),  # where it was, nothing could come before it
            ("rule", "delete", "pref", "0"),
        ):
            self._ip(*command)

    def close(self) -> None:
        """Take it away."""
        subprocess.run(["ip", "netns", "delete", self.name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "delete", f"{self.name}a"], check=False, capture_output=True)
        shutil.rmtree(Path("/etc/netns", self.name), ignore_errors=True)

    @property
    def _trusted(self) -> Path:
        return self.home / ".pki" / "nssdb"

    def know(self, *names: str) -> None:
        """Let these names lead here from now on, and no others."""
        lines = ["127.0.0.1 localhost", *(f"{self.here} {name}" for name in names)]
        Path("/etc/netns", self.name, "hosts").write_text("\n".join(lines) + "\n", encoding="utf-8")

    @contextmanager
    def dropped(self, port: int) -> Iterator[None]:
        """Lose without a word what comes back from a port of this computer, as where a firewall drops it."""
        self._ip("rule", "add", "pref", "1", "ipproto", "tcp", "sport", str(port), "blackhole")
        yield
        self._ip("rule", "delete", "pref", "1")

    def trust(self, certificate: Path) -> None:
        """Install an authority, as a person does in the phone's settings."""
        _run("certutil", "-A", "-n", "installed", "-t", "C,,", "-i", str(certificate), "-d", f"sql:{self._trusted}")

    @property
    def program(self) -> Path:
        """What starts the browser there."""
        program, browser = self._folder / "chromium", chromium.executable()
        program.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} env HOME={self.home} {browser} "$@"\n')
        program.chmod(0o755)
        return program

    @contextmanager
    def chromium(self, playwright: Playwright, camera: Path) -> Iterator[BrowserContext]:
        """Start the browser there; what it keeps is kept for the next start."""
        context = playwright.chromium.launch_persistent_context(
            self._folder / "profile",
            executable_path=self.program,
            args=[*chromium.SWITCHES, f"--use-file-for-fake-video-capture={camera}"],
            viewport={"width": 390, "height": 844},
            locale="en-GB",
            accept_downloads=True,
        )
        context.set_default_timeout(15_000)
        try:
            yield context
        finally:
            context.close()

    def _ip(self, *command: str) -> None:
        _run("ip", "-netns", self.name, *command)


@contextmanager
def elsewhere(folder: Path, *names: str) -> Iterator[Elsewhere]:
    """Open a namespace in which these names lead here; skips where that cannot be."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    able = hasattr(os, "geteuid") and os.geteuid() == 0 and not missing
    if not able and os.environ.get("COUNTERSIGN_REQUIRE_BROWSER") == "1":
        pytest.fail(f"COUNTERSIGN_REQUIRE_BROWSER is 1, but this needs root, and {PACKAGES}")
    if not able:
        pytest.skip(f"this needs root, and {PACKAGES}")
    made = Elsewhere(folder, f"cs{os.getpid()}", names)
    try:
        made.open()
        yield made
    finally:
        made.close()


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
