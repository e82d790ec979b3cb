"""What the console calls the server for to do with storage accounts, one method per endpoint."""

from urllib.parse import quote

from desktop.core.calls import SERVICE_WITHIN, Calls, Query
from server.contract.message import Page
from server.contract.storage import (
    EditDestination,
    EditStorageAccount,
    Entries,
    NewDestination,
    NewPlace,
    NewStorageAccount,
    StorageAccount,
    Tried,
    TryStorage,
    Usages,
)


class StorageCalls(Calls):
    """A part of the client."""

    def storage_accounts(self, query: Query) -> Page[StorageAccount]:
        """List storage accounts."""
        return self._read("/storage-accounts", Page[StorageAccount], query)

    def storage_account(self, account: str) -> StorageAccount:
        """Return one storage account with its destinations."""
        return self._read(f"/storage-accounts/{quote(account)}", StorageAccount)

    def try_storage(self, form: TryStorage) -> Tried:
        """Try to reach a service before it is kept; takes as long as the service does."""
        return self._ask_service("POST", "/storage-accounts/test", Tried, form)

    def test_storage_account(self, account: str) -> Tried:
        """Try to reach the service of an account; takes as long as the service does."""
        return self._ask_service("POST", f"/storage-accounts/{quote(account)}/test", Tried)

    def add_storage_account(self, form: NewStorageAccount) -> StorageAccount:
        """Make a storage account."""
        return self._send("POST", "/storage-accounts", StorageAccount, form)

    def edit_storage_account(self, account: str, form: EditStorageAccount) -> StorageAccount:
        """Give a storage account another name."""
        return self._send("PATCH", f"/storage-accounts/{quote(account)}", StorageAccount, form)

    def browse_storage(self, account: str, path: str = "") -> Entries:
        """List one level of what lies at the service; takes as long as the service does."""
        return self._ask_service("GET", f"/storage-accounts/{quote(account)}/browse", Entries, query={"path": path})

    def make_place(self, account: str, form: NewPlace) -> None:
        """Make a bucket, a container or a folder at the service; takes as long as the service does."""
        body = form.model_dump_json()
        self._call("POST", f"/storage-accounts/{quote(account)}/places", body=body, timeout=SERVICE_WITHIN)

    def add_destination(self, account: str, form: NewDestination) -> StorageAccount:
        """Let companies use a place; return its account."""
        return self._send("POST", f"/storage-accounts/{quote(account)}/destinations", StorageAccount, form)

    def edit_destination(self, account: str, destination: str, form: EditDestination) -> StorageAccount:
        """Change the members of a destination that are set in `form`; return its account."""
        path = f"/storage-accounts/{quote(account)}/destinations/{quote(destination)}"
        return self._send("PATCH", path, StorageAccount, form)

    def remove_destination(self, account: str, destination: str) -> None:
        """Forget a destination; what lies there stays."""
        self._call("DELETE", f"/storage-accounts/{quote(account)}/destinations/{quote(destination)}")

    def measure_storage(self, account: str) -> StorageAccount:
        """Begin to measure what lies in an account."""
        return self._send("POST", f"/storage-accounts/{quote(account)}/measure", StorageAccount)

    def stop_measuring(self, account: str) -> None:
        """Stop that."""
        self._call("DELETE", f"/storage-accounts/{quote(account)}/measure")

    def storage_usage(self, account: str) -> Usages:
        """Tell what lay in an account over time, oldest first."""
        return self._read(f"/storage-accounts/{quote(account)}/usage", Usages)
