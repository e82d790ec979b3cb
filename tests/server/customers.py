"""A user whose data lies at a real service, beside another's, or on a disk; the fixtures that begin with that."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.living import LivingServer
from tests.proving import wait_for
from tests.server.storing import LOOPBACK, Gate, Service, account, destination
from tests.storage.services import fill

Start = Callable[..., LivingServer]


class Customers:
    """A server, its phone, and a user whose data lies beside another's."""

    def __init__(self, server: LivingServer, service: Service, endpoint: str, bucket: str) -> None:
        self.server, self.service, self.bucket = server, service, bucket
        self.console, self.phone = server.protected()
        for name, size in {"mia/one": 1000, "mia/deep/two": 500, "mia-too/three": 30, "jonas/four": 4}.items():
            service.put(f"{bucket}/customers/{name}", size)
        self.account = account(self.console, endpoint)["id"]
        self.destination = destination(self.console, self.account, f"{bucket}/customers")["destinations"][0]["id"]
        self.mia = self.console.user(destination=self.destination, folder="mia")

    def measure(self) -> None:
        self.console.call("POST", f"/storage-accounts/{self.account}/measure")
        wait_for(lambda: self.user()["measured_at"], 30)

    def user(self) -> Any:
        return self.console.call("GET", f"/users/{self.mia}")

    def gone(self) -> bool:
        return self.console.raw("GET", f"/users/{self.mia}").status_code == 404

    def deletion(self) -> Any:
        return self.console.call("GET", "/deletions", params={"user": self.mia})["items"][0]

    def foretold(self, action: str, **parameters: Any) -> str:
        """Return what the console says before of what will happen."""
        body = {"parameters": {"user": self.mia, **parameters}}
        return str(self.console.call("POST", f"/actions/{action}/preview", body)["details"]["consequence"])

    def approve(self, action: str, **parameters: Any) -> str:
        """Ask for it and approve it; what the console says before of what will happen."""
        told = self.foretold(action, **parameters)
        request = self.console.ask(action, user=self.mia, **parameters)
        assert self.phone.approve(request["id"], request["code"]) == "executed"
        return told

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Write into the database, without the key file."""
        file = self.server.data / "countersign.db"
        with closing(sqlite3.connect(file, timeout=10, isolation_level=None)) as database:
            return database.execute(statement, values).fetchall()

    def lie(self) -> set[str]:
        """Return what lies at the service, by the way below the bucket."""
        root = self.service.folder / self.bucket
        return {file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()}


class Reached(Protocol):
    """An SFTP server."""

    def settings(self, root: Path) -> dict[str, str]:
        """Return how an account reaches a folder there."""
        ...


class Disk:
    """A user's folder on a disk of the server's computer, or of one that is reached by SFTP."""

    def __init__(
        self, start_server: Start, root: Path, folder: str = "mia", hold: int = 0, by: Reached | None = None
    ) -> None:
        self.root = root
        (root / "customers").mkdir(parents=True)
        self.server = start_server(**LOOPBACK, storage_folders=root.parent, storage_refresh=0, hold=hold)
        self.console, self.phone = self.server.protected()
        kind, settings = ("sftp", by.settings(root)) if by else ("local", {"path": str(root)})
        body = {"name": "Disk", "kind": kind, "settings": settings}
        self.account = self.console.call("POST", "/storage-accounts", body)["id"]
        self.destination = destination(self.console, self.account, "customers")["destinations"][0]["id"]
        self.mia = self.console.user(destination=self.destination, folder=folder)

    def unmount(self, *beside: str) -> None:
        """Have in its place a mount point, in which nothing lies but `beside`."""
        (self.root / "customers").rename(self.unmounted)
        (self.root / "customers").mkdir()
        fill(self.root / "customers", *beside)

    @property
    def unmounted(self) -> Path:
        """Return where that is then which had lain there."""
        return self.root.parent / "not mounted"

    def delete(self) -> Any:
        """Ask, approve, and return the report."""
        self.ask()
        return self.over()

    def ask(self, mode: str = "user_and_data") -> None:
        """Ask for it and approve it."""
        request = self.console.ask("user.delete", user=self.mia, mode=mode)
        assert self.phone.approve(request["id"], request["code"]) == "executed"

    def over(self) -> Any:
        """Wait until it is over; the report."""
        wait_for(lambda: self.deletion()["status"] not in ("held", "running"), 60)
        return self.deletion()

    def deletion(self) -> Any:
        return self.console.call("GET", "/deletions", params={"user": self.mia})["items"][0]

    def measure(self) -> Any:
        before = self.user()["measured_at"]
        self.console.call("POST", f"/storage-accounts/{self.account}/measure")
        wait_for(lambda: self.user()["measured_at"] != before, 30)

    def user(self) -> Any:
        return self.console.call("GET", f"/users/{self.mia}")


BESIDE = {"customers/mia-too/three", "customers/jonas/four"}
HERS = {"customers/mia/one", "customers/mia/deep/two"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    found = Service(tmp_path_factory.mktemp("s3"))
    yield found
    found.close()


@pytest.fixture
def gate(service: Service) -> Iterator[Gate]:
    found = Gate(service.port)
    yield found
    found.close()


@pytest.fixture
def begin(start_server: Start, service: Service, gate: Gate, tmp_path: Path) -> Callable[..., Customers]:
    """Start a server with a user, and her data in a bucket of the test's own."""

    def begun(**more: object) -> Customers:
        server = start_server(**LOOPBACK, **{"storage_refresh": 0, **more})
        return Customers(server, service, gate.endpoint, f"slow{abs(hash(tmp_path))}")

    return begun
