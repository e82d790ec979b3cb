"""A real S3 service that checks signatures, and a gate before it that can hold what asks for a bucket."""

import contextlib
import socket
import threading
from pathlib import Path
from typing import Any

from tests.living import TestConsole
from tests.storage.services import ACCESS_KEY, SECRET_KEY, serve_s3

LOOPBACK = {"storage_allow": "127.0.0.0/8"}


class Service:
    """An S3 server over a folder: its folders are the buckets."""

    def __init__(self, folder: Path, *more: str) -> None:
        """Start it, `more` are the program's options, and wait until it listens."""
        self.folder, home = folder / "root", folder / "home"
        for each in (self.folder, home):
            each.mkdir()
        self._served = serve_s3(self.folder, home, *more)
        self.port = self._served.port

    def put(self, place: str, size: int) -> None:
        """Put an object there."""
        file = self.folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)

    def close(self) -> None:
        """End it."""
        self._served.stop()


class Gate:
    """Passes on what is sent to the service; while held, what asks for a place with `slow` in its name waits.

    What would delete an object in whose way there is `kept` is refused, as a lock on objects does it.
    """

    def __init__(self, port: int) -> None:
        """Listen."""
        self._to, self._open = port, threading.Event()
        self._open.set()
        self.kept = b""
        self.waiting = threading.Event()
        """Set once something waits."""
        self._pairs: list[socket.socket] = []
        self._listen(0)
        self.endpoint = f"http://127.0.0.1:{self._port}"

    def _listen(self, port: int) -> None:
        self._listening = socket.create_server(("127.0.0.1", port))
        self._port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def hold(self) -> None:
        """Let nothing that is slow pass."""
        self.waiting.clear()
        self._open.clear()

    def release(self) -> None:
        """Let everything pass."""
        self._open.set()

    def go(self) -> None:
        """Be gone, as a service that is switched off."""
        for each in (self._listening, *self._pairs):
            _end(each)
        self._pairs.clear()

    def come_back(self) -> None:
        """Be there again."""
        self.release()
        self._listen(self._port)

    def close(self) -> None:
        """End it with its connections."""
        self.release()
        self.go()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self._pairs += [near, far]
            for one, other, watched in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._pass, args=(one, other, watched), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, watched: bool) -> None:  # noqa: FBT001 - a thread's
        try:
            while data := one.recv(65536):
                if watched and b"slow" in data and not self._open.is_set():
                    self.waiting.set()
                    self._open.wait()
                if watched and self.kept and data.startswith(b"DELETE ") and self.kept in data.partition(b"\r\n")[0]:
                    one.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                else:
                    other.sendall(data)
        except OSError:
            pass
        _end(one)
        _end(other)


def _end(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


def settings(endpoint: str, secret: str = SECRET_KEY) -> dict[str, str]:
    """Return the settings of an account at that service."""
    return {"preset": "other", "endpoint": endpoint, "access_key": ACCESS_KEY, "secret_key": secret}


def account(console: TestConsole, endpoint: str, name: str = "Vault", secret: str = SECRET_KEY) -> Any:
    """Add an account at that service."""
    body = {"name": name, "kind": "s3_compatible", "settings": settings(endpoint, secret)}
    return console.call("POST", "/storage-accounts", body)


def destination(console: TestConsole, to: str, place: str, companies: list[str] | None = None) -> Any:
    """Add a destination; the account."""
    body = {"name": "Backups", "place": place, "companies": companies or []}
    return console.call("POST", f"/storage-accounts/{to}/destinations", body)
