"""The backups of the demo's customers: real files in a folder, which a storage account of the demo leads to."""

import os
from pathlib import Path

from desktop.core.client import Client
from server.contract.storage import NewDestination, NewStorageAccount, StorageKind

ACCOUNT, DESTINATION, PLACE = "Backup server", "Customers", "customers"
DAYS, SMALLEST, STEP = 5, 40_000, 7_000  # files a user, and bytes of the first and of each further one


class Backups:
    """A folder of the demo's own; a file a day for each user."""

    def __init__(self, folder: Path) -> None:
        """Know where they lie; nothing is written yet."""
        self._folder = folder

    def allow(self) -> None:
        """Let a server that is started from now on use this folder for storage accounts."""
        os.environ["COUNTERSIGN_STORAGE_FOLDERS"] = str(self._folder)

    def lay(self, users: list[str]) -> None:
        """Write the files."""
        for number, user in enumerate(users):
            (self._folder / PLACE / user).mkdir(parents=True)
            for day in range(1, DAYS + 1):
                file = self._folder / PLACE / user / f"2026-11-{day:02}.backup"
                file.write_bytes(bytes(SMALLEST + STEP * (number + day)))

    def connect(self, client: Client, companies: list[str]) -> str:
        """Add the account and its destination through the API; the destination's id."""
        settings = {"path": str(self._folder)}
        account = client.add_storage_account(NewStorageAccount(name=ACCOUNT, kind=StorageKind.LOCAL, settings=settings))
        made = client.add_destination(account.id, NewDestination(name=DESTINATION, place=PLACE, companies=companies))
        return made.destinations[0].id

    def lie(self) -> set[str]:
        """Return what lies there: user and file."""
        below = self._folder / PLACE
        return {file.relative_to(below).as_posix() for file in below.rglob("*") if file.is_file()}
