"""A real OpenSSH server over this computer's folders, whose login may no more than the modes of files allow."""

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from server.contract.storage import StorageKind
from server.storage.remote import Remote
from tests.proving import wait_for
from tests.server.reaching import free_port
from tests.storage.services import Service, listens, without_root


def sshd() -> str:
    """Return where the server is; without it the tests are skipped, or fail where it is required."""
    found = shutil.which("sshd", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin")
    if found is None and os.environ.get("COUNTERSIGN_REQUIRE_SSHD") == "1":
        pytest.fail("COUNTERSIGN_REQUIRE_SSHD is 1, and there is no sshd")
    if found is None:
        pytest.skip("there is no sshd")
    return found


class OpenSsh:
    """Runs until closed, as whoever runs the tests; its keys and its settings lie in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Start it and wait until it listens."""
        program, under = sshd(), without_root()
        if under:
            Path("/run/sshd").mkdir(exist_ok=True)  # where it shuts itself in
        self._login, self._host = _keys(folder, "login"), _keys(folder, "host")
        port = free_port()
        settings = {
            "ListenAddress": f"127.0.0.1:{port}",
            "HostKey": folder / "host",
            "AuthorizedKeysFile": folder / "login.pub",
            "StrictModes": "no",
            "PermitRootLogin": "prohibit-password",
            "PasswordAuthentication": "no",
            "PidFile": "none",
            "Subsystem": "sftp internal-sftp",
        }
        (folder / "settings").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        command = [*under, program, "-D", "-e", "-f", str(folder / "settings")]
        self._served = Service(subprocess.Popen(command, stderr=subprocess.DEVNULL), port)
        wait_for(lambda: listens(port))

    def settings(self, path: Path) -> dict[str, str]:
        """Return the settings of an account that begins at a folder."""
        return {
            "host": "127.0.0.1",
            "port": str(self._served.port),
            "username": getpass.getuser(),
            "private_key": self._login[0],
            "host_key": self._host[1],
            "path": str(path),
        }

    def remote(self, path: Path) -> Remote:
        """Return that account."""
        return Remote(StorageKind.SFTP, self.settings(path))

    def close(self) -> None:
        """End it."""
        self._served.stop()


@pytest.fixture
def openssh(tmp_path: Path) -> Iterator[OpenSsh]:
    """Serve this computer's folders."""
    (tmp_path / "keys").mkdir()
    service = OpenSsh(tmp_path / "keys")
    yield service
    service.close()


def _keys(folder: Path, name: str) -> tuple[str, str]:
    """Write a private key and its public one; return both."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    (folder / name).write_text(private)
    (folder / name).chmod(0o600)
    (folder / f"{name}.pub").write_text(public)
    return private, public
