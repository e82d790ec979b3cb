"""A running server: its lock, port and `server.json` in the data folder, and how it stops."""

import json
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import uvicorn
from filelock import FileLock, Timeout
from typing_extensions import override

from server.config import Config, ConfigError
from server.main import create_app, folder, open_context
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
        sockets = _sockets(config)
        port = int(sockets[0].getsockname()[1])
        _keep(data / "port", str(port))
        origin = config.public_url or f"{'https' if config.tls else 'http'}://localhost:{port}"
        context = open_context(config, origin)
        settings = uvicorn.Config(
            create_app(context, origin),
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            timeout_keep_alive=KEEP_ALIVE,
            ssl_certfile=config.tls_certificate,
            ssl_keyfile=config.tls_key,
        )
        server = _Server(settings, context, {"url": origin, "port": port}, ready_json=ready_json)
        if parent_pipe:
            threading.Thread(target=_stop_with_parent, args=(server,), name="parent pipe", daemon=True).start()
        server.run(sockets)
        if context.store.stuck:
            lock.release()
            os._exit(1)  # a thread waits for a database that does not answer; it would keep us for ever
    finally:
        lock.release()


def _holder(data: Path) -> str:
    try:
        running = json.loads((data / "server.json").read_text(encoding="utf-8"))
        return f"{data} is held by the server with process id {running['pid']} at {running['url']}"
    except (OSError, ValueError, KeyError, TypeError):
        return f"{data} is held by another server that is just starting"


def _sockets(config: Config) -> list[socket.socket]:
    """Bind the address; the port first chosen is kept, since the phones' keys belong to the origin."""
    kept = config.data / "port"
    port = config.port or (_read_port(kept) if kept.is_file() else 0)
    hosts = ["127.0.0.1", "::1"] if config.loopback else [config.host]
    bound: list[socket.socket] = []
    for host in hosts:
        try:
            bound.append(_bound(host, bound[0].getsockname()[1] if bound else port))
        except OSError as error:
            if bound:
                continue  # IPv6 may be off, or its port taken: one address of this computer is enough
            message = f"port {port} on {host} cannot be used ({error.strerror}); stop what uses it, or choose --port"
            raise ConfigError(message) from error
    return bound


def _read_port(kept: Path) -> int:
    text = kept.read_text(encoding="utf-8", errors="replace").strip()
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        message = f"{kept} holds no port; write the one that the phones know into it, or choose --port"
        raise ConfigError(message)
    return int(text)


def _keep(file: Path, text: str) -> None:
    """Write a small file whole, readable by its owner alone."""
    part = file.with_name(f"{file.name}.new")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    part.replace(file)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


class _Server(uvicorn.Server):
    """Tells that it is ready once it accepts connections, and ends its streams before it waits for calls."""

    def __init__(self, config: uvicorn.Config, context: Context, told: dict[str, Any], *, ready_json: bool) -> None:
        super().__init__(config)
        self._context, self._told, self._ready_json = context, told, ready_json
        self._file = context.config.data / "server.json"

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        pid = os.getpid()
        _keep(self._file, json.dumps({"url": self._told["url"], "pid": pid}))
        token = self._context.setup_token
        if self._ready_json:
            print(json.dumps({**self._told, "pid": pid, "setup_token": token}), flush=True)  # noqa: T201 - asked for
        else:
            print(f"Countersign serves {self._told['url']}", flush=True)  # noqa: T201 - for the person who started it
            if token is not None:
                print(f"Set-up token: {token}", flush=True)  # noqa: T201 - the only place where it is told

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
