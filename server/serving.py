"""A running server: its lock, port and `server.json` in the data folder, and how it stops."""

import asyncio
import json
import os
import socket
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from filelock import FileLock, Timeout
from typing_extensions import override

from server.config import Config
from server.connections import PATIENCE, Connection
from server.holdings import forget, guard
from server.listening import Listener, bind, bind_all
from server.log import log
from server.main import create_app, folder, open_context
from server.settings import keep
from server.store.backup import may_be_undone
from server.web.context import Context

GRACE = 2  # seconds that open calls have when the server stops
KEEP_ALIVE = 75  # seconds that an idle connection stays: longer than clients pause, or they meet it as it closes
HELD = 3  # exit status where another server holds the data folder


class FolderHeld(Exception):
    """Another server holds the data folder; says which."""


def serve(config: Config, *, ready_json: bool, parent_pipe: bool) -> None:
    """Serve until stopped; raises `FolderHeld`, `ConfigError`, `KeyFileError` or `NewerDatabase`."""
    data = folder(config)
    lock = FileLock(data / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise FolderHeld(_holder(data)) from error
    try:
        guard(data)
        main = bind(config)
        origin = config.public_url or f"{'https' if config.tls else 'http'}://localhost:{main.port}"
        context = open_context(config, origin)
        _forget_certificates(context)
        listeners = bind_all(config, main, context.reach, forget=_may_forget(context))
        settings = uvicorn.Config(
            create_app(context, origin),
            http=Connection,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            timeout_keep_alive=KEEP_ALIVE,
        )
        server = _Server(settings, context, listeners, ready_json=ready_json)
        if parent_pipe:
            threading.Thread(target=_stop_with_parent, args=(server,), name="parent pipe", daemon=True).start()
        server.run([])
        if context.store.stuck:
            lock.release()
            os._exit(1)  # a thread waits for a database that does not answer; it would keep us for ever
    finally:
        lock.release()


def _may_forget(context: Context) -> bool:
    """Whether what no phone needs is needed no more: without an account, or after a restore, phones may come back."""
    return context.setup_token is None and not may_be_undone(context.config.data)


def _forget_certificates(context: Context) -> None:
    """Delete those that no phone needs any more."""
    if not _may_forget(context):
        return
    kept = {urlsplit(origin).hostname or "" for origin in context.reach.served}
    try:
        forgotten = forget(context.reach.certificates.beside, lambda names: any(names.cover(host) for host in kept))
    except OSError as error:
        log.warning("%s cannot be deleted, though no phone needs it: %s", error.filename, error.strerror)
        return
    context.reach.certificates.drop(forgotten)
    for gone in forgotten:
        log.warning("the certificate of %s was deleted: no phone needs it any more", gone.folder and gone.folder.name)


def _holder(data: Path) -> str:
    try:
        running = json.loads((data / "server.json").read_text(encoding="utf-8"))
        return f"{data} is held by the server with process id {running['pid']} at {running['url']}"
    except (OSError, ValueError, KeyError, TypeError):
        return f"{data} is held by another server that is just starting"


class _Server(uvicorn.Server):
    """Tells that it is ready once it accepts connections, and ends its streams before it waits for calls."""

    def __init__(
        self, config: uvicorn.Config, context: Context, listeners: list[Listener], *, ready_json: bool
    ) -> None:
        super().__init__(config)
        self._context, self._listeners, self._ready_json = context, listeners, ready_json
        self._file = context.config.data / "server.json"
        self._for_origins: list[tuple[frozenset[str], asyncio.Server]] = []
        self._served = context.reach.served

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])
        if not self.started:
            return
        for listener in self._listeners:
            await self._accept(listener)
        self._announce()

    async def _accept(self, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        for each in listener.sockets:
            tls, backlog = listener.context, self.config.backlog
            patience = PATIENCE if tls else None
            made = await loop.create_server(
                self._answering, sock=each, ssl=tls, backlog=backlog, ssl_handshake_timeout=patience
            )
            self.servers.append(made)
            if listener.origins:
                self._for_origins.append((listener.origins, made))

    def _answering(self) -> asyncio.Protocol:
        """Make what speaks HTTP on one connection, as uvicorn does for its own listeners."""
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    def _announce(self) -> None:
        reach, pid, token = self._context.reach, os.getpid(), self._context.setup_token
        ready = {"url": reach.origin, "port": self._listeners[0].port, "pid": pid}
        authority = reach.certificates.authority
        more = {"ca": str(authority) if authority else None} | ({"local": reach.local} if reach.local else {})
        keep(self._file, json.dumps({"url": reach.origin, "pid": pid, **more}))
        if self._ready_json:
            print(json.dumps({**ready, "setup_token": token}), flush=True)  # noqa: T201 - asked for
        else:
            print(f"Countersign serves {reach.origin}", flush=True)  # noqa: T201 - for the person who started it
            if token is not None:
                print(f"Set-up token: {token}", flush=True)  # noqa: T201 - the only place where it is told

    @override
    async def on_tick(self, counter: int) -> bool:
        gone, self._served = self._served - self._context.reach.served, self._context.reach.served
        for origin in gone - {self._context.reach.origin}:
            log.warning("%s is no longer served: no phone has it any more", origin)
        if gone:
            for origins, made in self._for_origins:
                if not origins & self._served:
                    made.close()
            _forget_certificates(self._context)
        return await super().on_tick(counter)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._context.hub.close()
        self._file.unlink(missing_ok=True)
        await super().shutdown(sockets)


def _stop_with_parent(server: uvicorn.Server) -> None:
    """Wait for the end of standard input: the parent is gone."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True
