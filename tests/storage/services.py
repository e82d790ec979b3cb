"""Real storage services for tests: an S3 server that checks signatures and an SFTP server, on folders of ours."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from server.config import Config
from server.contract.storage import StorageKind, TestResult
from server.storage.answers import StorageError
from server.storage.dialling import Dialling
from server.storage.engine import find
from server.storage.remote import Remote
from server.storage.storage import Storage
from server.tls import Names, key_pem, new_authority, new_leaf, pem
from tests.proving import wait_for
from tests.server.reaching import free_port

FRESH = "1ms"
"""How long these servers believe what they know of a folder: two calls lie further apart. With 0 they would spin."""

ACCESS_KEY, SECRET_KEY = "ACCESSKEY1", "canary-SECRETKEY1"
USERNAME, PASSWORD = "backup", "canary-four-lanterns"

Result = TypeVar("Result")


ODD = [
    "‛",
    "d‛/x",
    "‛‛",
    "a‛b",
    "‛␊",
    "␊",
    "two\nlines",
    "a／b",
    "‛／",
    "．",
    "．．/x",
    "‛．．/x",
    "‛．",
    "...",
    "b\\c",
    "␡",
    "\x7f",
]
"""Names that the engine writes in other ways, or takes for others."""


def engine() -> str:
    """Return where rclone is; without it the tests are skipped, or fail where it is required."""
    found = find(Config())
    if found is None and os.environ.get("COUNTERSIGN_REQUIRE_ENGINE") == "1":
        pytest.fail("COUNTERSIGN_REQUIRE_ENGINE is 1, and there is no rclone")
    if found is None:
        pytest.skip("there is no rclone")
    return found


class World:
    """A `Storage` on a loop of its own, which may reach this computer, and a folder that services lie on."""

    def __init__(self, folder: Path, allow: str = "127.0.0.0/8,::1/128", dialling: Dialling | None = None) -> None:
        """Make it; nothing is started yet."""
        self.folder = folder / "served"
        self.folder.mkdir()
        self.config = Config(
            data=folder / "data",
            storage_allow=tuple(ip_network(each) for each in allow.split(",") if each),
            storage_folders=(folder / "local",),
        )
        (folder / "local").mkdir()
        self.local = folder / "local"
        self.storage = Storage(self.config, dialling)
        self._runner = asyncio.Runner()

    def run(self, asked: Coroutine[Any, Any, Result]) -> Result:
        """Return what comes of it."""
        return self._runner.run(asked)

    def failure(self, asked: Coroutine[Any, Any, Any]) -> TestResult:
        """Return why it fails."""
        with pytest.raises(StorageError) as raised:
            self.run(asked)
        return raised.value.result

    def close(self) -> None:
        """End the engine."""
        self.run(self.storage.close())
        self._runner.close()

    def engine_process(self) -> int:
        """Return the process id of the running engine."""
        running = self.storage._calls._engine
        assert running is not None
        return int(self.run(running.call("core/pid", {}))["pid"])


@dataclass
class Service:
    """A server process, and where it listens."""

    process: subprocess.Popen[bytes]
    port: int

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


NO_ROOT = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Before a program, which then may read and write no more than others do of their own files."""


def without_root() -> tuple[str, ...]:
    """Return what to put before a program so that modes bind it, even where the tests run as root."""
    if os.geteuid() != 0:
        return ()
    if shutil.which(NO_ROOT[0]) is None or subprocess.run([*NO_ROOT, "true"], check=False).returncode:
        pytest.skip("nothing here takes root's rights away")
    return NO_ROOT


def serve(kind: str, folder: Path, home: Path, *more: str, port: int = 0) -> Service:
    """Start `rclone serve`, whose own host keys lie in `home`, and wait until it listens."""
    port = port or free_port()
    command = [
        engine(),
        "serve",
        kind,
        str(folder),
        "--addr",
        f"127.0.0.1:{port}",
        "--config",
        "",
        "--dir-cache-time",
        FRESH,
        *more,
    ]
    environment = {"PATH": os.defpath, "HOME": str(home), "XDG_CACHE_HOME": str(home)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    wait_for(lambda: listens(port))
    return Service(process, port)


def serve_s3(folder: Path, home: Path, *more: str) -> Service:
    """Serve a folder of buckets."""
    return serve("s3", folder, home, "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", *more)


def serve_sftp(folder: Path, home: Path, *more: str, port: int = 0) -> Service:
    """Serve a folder to one login."""
    return serve("sftp", folder, home, "--user", USERNAME, "--pass", PASSWORD, *more, port=port)


def listens(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def s3(endpoint: str, **more: str) -> Remote:
    """Return an account at an S3 service."""
    settings = {"preset": "other", "endpoint": endpoint, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
    return Remote(StorageKind.S3_COMPATIBLE, settings | more)


def sftp(service: Service, **more: str) -> Remote:
    """Return an account at an SFTP server."""
    settings = {"host": "127.0.0.1", "port": str(service.port), "username": USERNAME}
    secret = {} if "private_key" in more else {"password": PASSWORD}
    return Remote(StorageKind.SFTP, settings | secret | more)


def fill(folder: Path, *paths: str) -> None:
    """Write files of a hundred bytes."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"x" * 100)


def files(folder: Path) -> set[str]:
    """Return all that lies below a folder but folders."""
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if not each.is_dir() or each.is_symlink()}


def certificate_of_nobody(folder: Path) -> tuple[Path, Path]:
    """Write a certificate whose authority nobody trusts, and its key."""
    names, now = Names.of(["127.0.0.1"]), datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate.write_text(pem(new_leaf(new_authority(names, now), key, names, now)))
    key_file.write_text(key_pem(key))
    return certificate, key_file
