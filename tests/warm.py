"""What every server makes alike as it starts, made once in the process that the tests' servers are forked from."""

import gc
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import URL, Engine
from typing_extensions import override

from server import serving
from server.config import load
from server.store import database
from server.store import upgrade as upgrading
from server.store.database import sqlite_file
from server.store.migrations import migrate
from tests.living import LivingServer
from tests.postgresql import take_made


def _tables() -> bytes:
    with TemporaryDirectory() as folder:
        file = sqlite_file(Path(folder))
        migrate(URL.create("sqlite", database=str(file)))
        return file.read_bytes()


def begin_with_tables() -> None:
    """Let a server begin with tables that the migrations made before, which take a third of its start."""

    def begin(at: URL, to: str | None = None) -> None:
        if at.drivername != "sqlite" and to is None and take_made(at):
            return
        file = Path(at.database or "")
        if at.drivername != "sqlite" or to is not None or (file.exists() and file.stat().st_size):
            migrate(at, to)
            return
        made = file.with_suffix(".made")
        made.write_bytes(_TABLES)
        made.replace(file)  # a test may kill us here

    vars(upgrading)["migrate"] = begin


_TOLD = threading.Event()


class _First(serving._Server):
    """Lets one console and one phone tell their story, and stops as by Ctrl+C."""

    @override
    def _announce(self) -> None:
        threading.Thread(target=self._tell).start()

    def _tell(self) -> None:
        try:
            living = LivingServer(self._context.config.data)
            living.url, living.setup_token = self._context.reach.origin, self._context.setup_token or ""
            console, phone = living.protected()
            request = console.delete(console.user())
            assert phone.approve(request["id"], request["code"]) == "executed"
            _TOLD.set()
        finally:
            os.kill(os.getpid(), signal.SIGINT)


def _compile() -> Callable[[URL], Engine]:
    """Serve once, which makes what is made when first needed; return what makes an engine that knows all statements."""
    make, made = database._sqlite, list[Engine]()

    def first(at: URL) -> Engine:
        made.append(make(at))
        return made[-1]

    def compiled(engine: Engine) -> Any:
        return vars(engine)["_compiled_cache"]

    def warm(at: URL) -> Engine:
        engine = make(at)
        engine.dialect = vars(engine.pool)["_dialect"] = known.dialect  # by which the statements are kept
        vars(engine)["_compiled_cache"] = compiled(known)
        return engine

    vars(database)["_sqlite"], vars(serving)["_Server"] = first, _First
    with TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        serving.serve(load(None, data=Path(folder), port=0), ready_json=False, parent_pipe=False)
    vars(serving)["_Server"] = _First.__base__
    known = max(made, key=lambda each: len(compiled(each)))
    assert _TOLD.is_set()
    assert threading.active_count() == 1  # only one thread is forked
    return warm


_TABLES = _tables()
vars(database)["_sqlite"] = _compile()
gc.collect()
gc.freeze()  # memory that a collector in a server has looked at is no longer shared with the others
