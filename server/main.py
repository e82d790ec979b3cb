"""Composition root: builds the server's parts and joins them."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp

from server import __version__, clock, keys
from server.config import Config
from server.contract.health import HealthWarning
from server.deleting import Deletions
from server.delivery import Delivery
from server.hashing import Passwords
from server.log import log
from server.measuring import Measurements
from server.push import Pusher
from server.reach import Reach
from server.services import limits, live, origins, setup
from server.storage.storage import Storage
from server.store import mark, names
from server.store.database import Database, url
from server.store.endings import expire
from server.store.ledger import Ledger
from server.store.store import Store
from server.store.trouble import Unavailable
from server.store.upgrade import upgrade
from server.web import problems, routes
from server.web.context import Context
from server.web.guard import Guard
from server.web.hub import Hub

SWEEP = 2.0  # seconds between looking for what has expired
KEY_FILE, LEDGER_FILE = "server.key", "ledger.jsonl"


class InUse(Exception):
    """Another server uses this database."""


def require_unused(database: Database) -> None:
    """Hold the database, or raise `InUse`."""
    if not database.hold():
        message = "another server uses this database, from another data folder; stop that one first"
        raise InUse(message)


def open_store(config: Config, server_keys: keys.ServerKeys, origin: str) -> Store:
    """Open a migrated database with its ledger; raises `KeyFileError` where the key file is another's."""
    store = Store(config, server_keys, Ledger(config.data / LEDGER_FILE), origin)
    if store.look(setup.key_of) not in (None, server_keys.fingerprint):
        store.close()
        message = f"{config.data / KEY_FILE} is not the key file of this database: put the right one back"
        raise keys.KeyFileError(message)
    return store


def open_context(config: Config, origin: str, now: Callable[[], datetime] = clock.now) -> Context:
    """Open the data folder: key file, ledger, database.

    Raises `ConfigError`, `KeyFileError`, `Unreadable`, `NewerDatabase`, `InUse` or `Unavailable`.
    """
    file, reach = config.data / KEY_FILE, Reach(config, origin, now)
    with contextlib.closing(Database(url(config), config.data)) as database:
        exists = database.exists()
    server_keys = keys.load(file) if file.exists() or exists else keys.create(file)
    upgrade(url(config), config.data)
    store, hub = open_store(config, server_keys, origin), Hub()
    try:
        require_unused(store.database)
    except InUse:
        store.close()
        raise
    lost = store.look(mark.is_lost) and store.run(mark.set_lost)
    if lost:
        log.warning("%s was lost: no account without a phone does what is protected", config.data / LEDGER_FILE)
    if lost or store.look(names.knows_none):  # an update: what is there by then counts
        store.run(names.keep_all)
    store.on_commit = hub.publish
    storage = Storage(config)
    measurements = Measurements(store, hub, now, storage, config.storage_refresh)
    context = Context(
        config,
        server_keys,
        store,
        Passwords(server_keys),
        hub,
        now,
        reach,
        storage,
        measurements,
        Deletions(store, hub, now, storage),
    )
    if lost:
        context.warnings.add(HealthWarning.LEDGER_MISSING)
    reach.see(store.look(origins.kept))
    if store.look(setup.is_set_up):
        context.setup_token = None
    return context


def create_app(context: Context, origin: str) -> ASGIApp:
    """Build the application that serves `context` at `origin`."""
    documented = f"{routes.CONSOLE}/openapi.json" if context.config.openapi else None
    app = FastAPI(
        title="Countersign",
        version=__version__,
        openapi_url=documented,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.state.context = context
    app.state.pusher = Pusher(context.keys, origin, context.config.push_hosts, context.config.outbound_proxy)
    problems.install(app)
    routes.install(app)
    return Guard(app, context)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    context.hub.begin(await context.store.read(live.newest))
    running = (
        _sweep(context),
        Delivery(context, app.state.pusher).run(),
        context.measurements.run(),
        context.deletions.run(),
    )
    working = [asyncio.create_task(each) for each in running]
    yield
    for task in working:
        task.cancel()
    await asyncio.wait(working)
    await context.storage.close()
    await context.reach.page.close()
    context.passwords.close()
    context.store.close()


async def _sweep(context: Context) -> None:
    """Write what has expired (decided when it is read, not here), and pass on what other processes committed."""
    while True:
        await asyncio.sleep(SWEEP)
        try:
            context.reach.certificates.tend(context.clock())
            await context.store.write(expire, context.clock())
            await context.store.write(live.prune, context.clock())
            await context.store.write(limits.prune, context.clock())
            missed = await context.store.read(live.since, context.hub.newest)
            context.hub.publish(missed or [])  # what the command line did meanwhile
            context.reach.see(await context.store.read(origins.kept))
            if not await context.store.hold():
                log.critical("another server has taken the database; this one stops")
                signal.raise_signal(signal.SIGTERM)
        except (Unavailable, DBAPIError, TimeoutError):
            pass  # the store has said so, or will
        except Exception:  # noqa: BLE001 - one failed round must not be the last
            log.exception("looking for what has expired failed")


def folder(config: Config) -> Path:
    """Make the data folder, readable by its owner alone."""
    config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return config.data
