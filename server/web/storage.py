"""Handlers of storage accounts; the engine is never asked inside a transaction."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from server.contract.message import Page
from server.contract.problem import Problem
from server.contract.storage import (
    EditDestination,
    EditStorageAccount,
    Entries,
    Entry,
    NewDestination,
    NewPlace,
    NewStorageAccount,
    StorageAccount,
    TestResult,
    Tried,
    TryDraft,
    TryStorage,
    Usages,
)
from server.domain.storage import checked_place
from server.log import log
from server.services import destinations, measurements, storage
from server.services.sessions import Caller
from server.storage.answers import StorageError
from server.storage.remote import Remote
from server.web.console import Text, write
from server.web.context import Context, Server
from server.web.guard import Called

Way = Annotated[str, Query(max_length=1024)]
Found = TypeVar("Found")

_ADVICE = {
    TestResult.WRONG_KEY: "The service does not take this key: type both parts again, or make a new one there.",
    TestResult.NO_LIST_PERMISSION: "The key is right and may not do this: allow it at the service.",
    TestResult.NO_SUCH_PLACE: "There is no such place at the service: look for it one level above.",
    TestResult.UNKNOWN_HOST: "The name of the service is not known: check the address.",
    TestResult.REFUSED: "Nothing answers there: check address and port.",
    TestResult.UNREACHABLE: "The service does not answer in time: check address, network and firewall.",
    TestResult.CERTIFICATE: "The certificate of the service is not trusted by this server.",
    TestResult.CLOCK_SKEW: "The clocks of this server and of the service differ: set them.",
    TestResult.WRONG_SCHEME: "The service speaks http there where the address says https, or the other way round.",
    TestResult.NO_SERVICE: "What answers there is no such service, or leads elsewhere: check address and port.",
    TestResult.HOST_KEY: "The host key is not the one that this account knows: compare it with whoever runs the host.",
    TestResult.NOT_ALLOWED: "Whoever runs this server has not allowed it (storage_allow, storage_folders).",
    TestResult.INVALID: "The service does not take these settings: check them.",
    TestResult.FAILED: "The service could not do it: try again.",
    TestResult.NO_ENGINE: "Whoever runs this server can install rclone, or name it (storage_engine).",
}


async def list_accounts(caller: Called, context: Server, q: Text = None) -> Page[StorageAccount]:
    """Storage accounts that the caller may see."""
    return await context.store.read(storage.listed, caller, q or "", context.measurements.now)


async def one_account(account: str, caller: Called, context: Server) -> StorageAccount:
    """One of them."""
    return await context.store.read(storage.one, caller, account, context.measurements.now)


async def add_account(call: NewStorageAccount, caller: Called, context: Server) -> StorageAccount:
    """Make one."""
    return await write(context, caller, storage.add, call, context.measurements.now, context.clock())


async def rename_account(account: str, call: EditStorageAccount, caller: Called, context: Server) -> StorageAccount:
    """Give it another name."""
    return await write(context, caller, storage.rename, account, call, context.measurements.now, context.clock())


async def try_settings(call: TryDraft, caller: Called, context: Server) -> Tried:
    """Try what is not kept yet, and the place that is to be used."""
    places = [checked_place(call.place, "place")] if call.place else []
    return await _tried(context, caller, None, await context.store.read(storage.tried, caller, call), places)


async def try_account(account: str, caller: Called, context: Server) -> Tried:
    """Try an account as it is kept, and its destinations."""
    return await _tried(context, caller, account, *(await context.store.read(storage.to_test, caller, account)))


async def _tried(
    context: Context, caller: Caller, account: str | None, call: TryStorage, places: Sequence[str]
) -> Tried:
    with context.trials.room(caller.account.id):
        found = await context.storage.test(Remote(call.kind, call.settings), places)
    if found.result is not TestResult.OK:
        log.info("a storage service was tried", extra={"told": {"kind": call.kind, "result": found.result}})
    await write(context, caller, storage.note_test, account, call, found.result, context.clock())
    return Tried(result=found.result, places=found.places, host_key=found.host_key, place=found.place)


async def browse(account: str, caller: Called, context: Server, path: Way = "") -> Entries:
    """One level of what lies at the service."""
    remote = await _remote(context, caller, account)
    way = checked_place(path, "path") if path else ""
    found = await _asked(context, caller, lambda: context.storage.browse(remote, way))
    return Entries(items=[Entry(name=each.name, folder=each.folder, size=each.size) for each in found])


async def make_place(account: str, call: NewPlace, caller: Called, context: Server) -> Entry:
    """Make a bucket, a container or a folder."""
    remote = await _remote(context, caller, account)
    name = checked_place(call.name, "name")
    await _asked(context, caller, lambda: context.storage.make_place(remote, name))
    await write(context, caller, storage.note_place, account, name, context.clock())
    return Entry(name=name, folder=True, size=None)


async def _remote(context: Context, caller: Caller, account: str) -> Remote:
    call = await context.store.read(storage.opened, caller, account)
    return Remote(call.kind, call.settings)


async def _asked(context: Context, caller: Caller, ask: Callable[[], Awaitable[Found]]) -> Found:
    """Ask the engine; raises a problem in our own words, never in the service's."""
    try:
        with context.trials.room(caller.account.id):
            return await ask()
    except StorageError as error:
        result = error.result
    if result is TestResult.NO_ENGINE:
        raise _no_engine()
    raise Problem(422, "storage_refused", "The storage service did not do it", _ADVICE[result], result=result)


def _no_engine() -> Problem:
    return Problem(
        503,
        "engine_missing",
        "This server has nothing that speaks with storage services",
        _ADVICE[TestResult.NO_ENGINE],
    )


async def add_destination(account: str, call: NewDestination, caller: Called, context: Server) -> StorageAccount:
    """Add a place, and who may use it."""
    return await write(context, caller, destinations.add, account, call, context.measurements.now, context.clock())


async def edit_destination(
    account: str, destination: str, call: EditDestination, caller: Called, context: Server
) -> StorageAccount:
    """Change its name, or who may use it."""
    given = (account, destination, call, context.measurements.now, context.clock())
    return await write(context, caller, destinations.edit, *given)


async def remove_destination(account: str, destination: str, caller: Called, context: Server) -> None:
    """Forget it; what lies there stays."""
    await write(context, caller, destinations.remove, account, destination, context.clock())


async def measure(account: str, caller: Called, context: Server) -> StorageAccount:
    """Begin to measure it, unless that goes on already."""
    await context.store.read(measurements.wanted, caller, account)
    if context.storage.missing is not None:
        raise _no_engine()
    context.measurements.begin(account)
    return await context.store.read(storage.one, caller, account, context.measurements.now)


async def stop_measuring(account: str, caller: Called, context: Server) -> None:
    """Stop that; what was known before stays."""
    await context.store.read(storage.editable, caller, account)
    if await context.measurements.stop(account):
        await write(context, caller, measurements.put_off, account, context.clock())


async def show_usage(account: str, caller: Called, context: Server) -> Usages:
    """How much lay there over time."""
    return await context.store.read(measurements.history, caller, account)
