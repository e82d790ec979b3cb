"""What a server answers about storage accounts, from memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from typing_extensions import override

from desktop.core.calls import Query
from desktop.core.client import Client
from server.contract.message import Page
from server.contract.problem import Problem
from server.contract.storage import (
    Destination,
    EditDestination,
    EditStorageAccount,
    Entries,
    Entry,
    Measuring,
    NewDestination,
    NewPlace,
    NewStorageAccount,
    StorageAccount,
    StorageKind,
    TestResult,
    Tried,
    TryStorage,
    Usage,
    Usages,
)

NOW = datetime.now(UTC)
GB = 10**9
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
SECRETS = ("secret_key", "key", "password", "private_key")
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "wasabi": {
        "preset": "wasabi",
        "region": "eu-central-1",
        "endpoint": "https://s3.eu-central-1.wasabisys.com",
        "access_key": "X4T9GZK1Q2M7PD0NVL35",
    },
    "sftp": {
        "host": "backup.northwind.example",
        "port": "22",
        "username": "countersign",
        "path": "/srv/backups",
        "host_key": HOST_KEY,
    },
    "local": {"path": "/mnt/backups"},
}


def destination(number: int, name: str = "", place: str = "", **more: Any) -> Destination:
    """Return a destination."""
    places = ("northwind-backups", "northwind-archive", "fabrikam-only")
    chosen = place or places[number % len(places)]
    values: dict[str, Any] = {
        "id": f"dst_{number}",
        "name": name or ("Customers", "Archive", "Fabrikam")[number % 3],
        "place": chosen,
        "companies": [["cmp_0", "cmp_1", "cmp_3"], [], ["cmp_2"]][number % 3],
        "bytes": (812 + 96 * number) * GB,
        "objects": 48_120 + 7 * number,
        "measured_at": NOW - timedelta(hours=2),
        "failure": None,
    }
    return Destination(**(values | more))


def account(number: int, name: str, service: str = "wasabi", *places: Destination, **more: Any) -> StorageAccount:
    """Return an account with these destinations."""
    kind = StorageKind(service) if service in set(StorageKind) else StorageKind.S3_COMPATIBLE
    measured = [each for each in places if each.bytes is not None]
    values: dict[str, Any] = {
        "id": f"sto_{number}",
        "name": name,
        "kind": kind,
        "settings": dict(SETTINGS.get(service, {"region": "eu-central-1", "access_key": "AKIAX4T9GZK1Q2M7PD0N"})),
        "destinations": list(places),
        "bytes": sum(each.bytes or 0 for each in measured) if measured else None,
        "objects": sum(each.objects or 0 for each in measured) if measured else None,
        "measured_at": max((each.measured_at for each in measured if each.measured_at), default=None),
        "measuring": None,
        "created_at": NOW - timedelta(days=30),
    }
    return StorageAccount(**(values | more))


def measuring(objects: int = 12_345, count: int = 214 * GB) -> Measuring:
    """Return a measurement that goes on."""
    return Measuring(bytes=count, objects=objects, started_at=NOW - timedelta(seconds=40))


def some_accounts() -> list[StorageAccount]:
    """Return accounts in every state."""
    failed = destination(4, "Old bucket", "nw-old", bytes=90 * GB, failure=TestResult.WRONG_KEY)
    never = destination(5, "Office", "office", bytes=None, objects=None, measured_at=None)
    going = destination(6, "Photos", "photos")
    return [
        account(1, "Wasabi Frankfurt", "wasabi", destination(0), destination(1), destination(2)),
        account(2, "Amazon", "amazon_s3", going, measuring=measuring()),
        account(3, "Backup server", "sftp", failed),
        account(4, "NAS in the office", "local", never),
        account(5, "Azure test", "azure_blob", settings={"account": "northwindbackup"}),
    ]


def usages(days: int = 40, most: int = 2724 * GB) -> list[Usage]:
    """Return measurements that grow, with a fall in between, a day apart."""
    shares = [1 - 0.4 * (days - 1 - day) / days + (0.12 if day < days * 0.6 else 0) for day in range(days)]
    shares[-1] = 1
    return [
        Usage(at=NOW - timedelta(days=days - 1 - day), bytes=int(most * share), objects=int(144_381 * share))
        for day, share in enumerate(shares)
    ]


@dataclass
class StorageWorld:
    """What the server knows of storage."""

    accounts: list[StorageAccount] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=usages)
    tried: list[Tried | Exception] = field(default_factory=list)
    """How the next tests end; those after them end well."""
    places: list[str] = field(default_factory=lambda: ["northwind-archive", "northwind-backups", "northwind-logs"])
    entries: list[Entry] = field(default_factory=list)
    refuses: dict[str, Exception] = field(default_factory=dict)
    """With what calls are refused, by the name of the client's method."""
    calls: list[tuple[str, Any]] = field(default_factory=list)


class StorageAnswers(Client):
    """Says what the world holds, and does as the server would."""

    storage: StorageWorld

    @override
    def storage_accounts(self, query: Query) -> Page[StorageAccount]:
        self._note("storage_accounts", query)
        return Page(items=self.storage.accounts, total=len(self.storage.accounts))

    @override
    def storage_account(self, account: str) -> StorageAccount:
        found = next((each for each in self.storage.accounts if each.id == account), None)
        if found is None:
            raise Problem(404, "not_found", "There is nothing of this id")
        return found

    @override
    def try_storage(self, form: TryStorage) -> Tried:
        self._note("try_storage", form)
        return self._tried()

    @override
    def test_storage_account(self, account: str) -> Tried:
        self._note("test_storage_account", account)
        return self._tried()

    @override
    def add_storage_account(self, form: NewStorageAccount) -> StorageAccount:
        self._note("add_storage_account", form)
        seen = {name: value for name, value in form.settings.items() if name not in SECRETS}
        made = account(90 + len(self.storage.accounts), form.name, settings=seen, kind=form.kind)
        self.storage.accounts.append(made)
        return made

    @override
    def edit_storage_account(self, account: str, form: EditStorageAccount) -> StorageAccount:
        self._note("edit_storage_account", form)
        return self._put(self.storage_account(account).model_copy(update={"name": form.name}))

    @override
    def browse_storage(self, account: str, path: str = "") -> Entries:
        self._note("browse_storage", path)
        return Entries(items=self.storage.entries)

    @override
    def make_place(self, account: str, form: NewPlace) -> None:
        self._note("make_place", form)

    @override
    def add_destination(self, account: str, form: NewDestination) -> StorageAccount:
        self._note("add_destination", form)
        one = self.storage_account(account)
        empty = {"bytes": None, "objects": None, "measured_at": None, "companies": form.companies}
        made = destination(90 + len(one.destinations), form.name, form.place, **empty)
        return self._put(one.model_copy(update={"destinations": [*one.destinations, made]}))

    @override
    def edit_destination(self, account: str, destination: str, form: EditDestination) -> StorageAccount:
        self._note("edit_destination", form)
        one, change = self.storage_account(account), form.model_dump(exclude_unset=True)
        changed = [each.model_copy(update=change) if each.id == destination else each for each in one.destinations]
        return self._put(one.model_copy(update={"destinations": changed}))

    @override
    def remove_destination(self, account: str, destination: str) -> None:
        self._note("remove_destination", destination)
        one = self.storage_account(account)
        left = [each for each in one.destinations if each.id != destination]
        self._put(one.model_copy(update={"destinations": left}))

    @override
    def measure_storage(self, account: str) -> StorageAccount:
        self._note("measure_storage", account)
        return self._put(self.storage_account(account).model_copy(update={"measuring": measuring(0, 0)}))

    @override
    def stop_measuring(self, account: str) -> None:
        self._note("stop_measuring", account)
        self._put(self.storage_account(account).model_copy(update={"measuring": None}))

    @override
    def storage_usage(self, account: str) -> Usages:
        return Usages(items=self.storage.usage)

    def _note(self, name: str, what: object) -> None:
        self.storage.calls.append((name, what))
        if name in self.storage.refuses:
            raise self.storage.refuses[name]

    def _tried(self) -> Tried:
        if not self.storage.tried:
            return Tried(result=TestResult.OK, places=self.storage.places)
        first = self.storage.tried.pop(0)
        if isinstance(first, Exception):
            raise first
        return first

    def _put(self, one: StorageAccount) -> StorageAccount:
        self.storage.accounts = [one if each.id == one.id else each for each in self.storage.accounts]
        return one
