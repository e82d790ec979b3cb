"""The page from which a phone installs the own authority: plain HTTP, since the phone trusts none of ours yet.

Open only while a console shows it. It tells what is public anyway, and has neither the API nor a secret behind it.
"""

import asyncio
import base64
import contextlib
import errno
import hashlib
import html
import json
import os
import plistlib
import socket
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from typing_extensions import override

import resources
from server import addresses
from server.certificates import Certificates
from server.config import INSTALL_PORT, LOOPBACK, Config
from server.connections import Connection
from server.contract.problem import Problem
from server.contract.reach import Opened
from server.holdings import first_in
from server.tls import fingerprint

LEASE = timedelta(seconds=60)
CRT, MOBILECONFIG = "/countersign-ca.crt", "/countersign-ca.mobileconfig"

_STYLE = """
:root { color-scheme: light dark; --ink: #14171f; --dim: #565d6d; --paper: #fff; --line: #d9dde6; --accent: #2f5bd7 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceef4; --dim: #a3abbd; --paper: #14171f; --line: #353b49; --accent: #8fb0ff }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 34rem; padding: 1.5rem 1.25rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem } h2 { font-size: 1.125rem; margin: 2rem 0 .5rem }
p { margin: .5rem 0 } li { margin: .4rem 0 } .dim { color: var(--dim) }
code { display: block; box-sizing: content-box; width: 24.1ch; max-width: calc(100% - 2rem); padding: .75rem 1rem;
  border: 1px solid var(--line); border-radius: .5rem; word-break: break-all;
  font: 600 1rem/1.6 ui-monospace, monospace } /* eight pairs a line */
a.button { display: block; margin: .75rem 0; padding: .75rem 1rem; border-radius: .5rem;
  border: 2px solid var(--accent); color: var(--accent); text-align: center; text-decoration: none; font-weight: 600 }
a.button small { display: block; font-size: .8125rem; font-weight: 400; color: var(--dim) }
"""
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class InstallPage:
    """Opened for a minute at a time, on a port of its own."""

    def __init__(self, config: Config, origin: str, certificates: Certificates, clock: Callable[[], datetime]) -> None:
        """Be closed."""
        self._config, self._origin, self._certificates, self._clock = config, origin, certificates, clock
        self._turn = asyncio.Lock()
        self._server: _Server | None = None
        self._running: asyncio.Task[None] | None = None
        self._closing: asyncio.TimerHandle | None = None
        self.open_until: datetime | None = None
        self.url = ""
        self.opened: Opened | None = None

    async def open(self) -> None:
        """Open it, or keep it open for another minute; raises `Problem` where there is nothing to install."""
        async with self._turn:
            if self._server is None:
                self._begin(await asyncio.to_thread(self._host))
            if self._closing is not None:
                self._closing.cancel()
            loop = asyncio.get_running_loop()
            self._closing = loop.call_later(LEASE.total_seconds(), lambda: loop.create_task(self.close()))
            self.open_until = self._clock() + LEASE

    async def close(self) -> None:
        """Close it, and every connection to it."""
        async with self._turn:
            if self._closing is not None:
                self._closing.cancel()
            try:
                if self._server is not None and self._running is not None:
                    self._server.should_exit = self._server.force_exit = True
                    await self._running
            finally:
                self._server = self._running = self._closing = self.open_until = self.opened = None

    def _begin(self, host: str) -> None:
        app = self._app()
        try:
            bound = _bound(self._config)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is used by another program" if taken else f"cannot be used ({os.strerror(error.errno or 0)})"
            raise Problem(
                409,
                "install_port_taken",
                f"Port {self._config.install_port} {why}",
                "Stop what uses it and open the page again, "
                "or set install_port in the server's settings to another port and restart it.",
            ) from error
        self.url = f"http://{host}:{bound.getsockname()[1]}/"
        self._server = _Server(
            uvicorn.Config(
                app,
                http=Connection,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                limit_concurrency=256,  # connections; those that say nothing do not stay
                timeout_keep_alive=5,
                timeout_graceful_shutdown=1,
            )
        )
        self._running = asyncio.get_running_loop().create_task(self._server.serve([bound]))

    def _host(self) -> str:
        """Return the address by which a phone gets here although it may not know the name; else the name."""
        host, here = urlsplit(self._origin).hostname or "", addresses.own()
        led = [self._config.host, *addresses.looked_up(host)]
        chosen = next((each for each in here if each in led), here[0] if here else host)
        return f"[{chosen}]" if ":" in chosen else chosen

    def _note(self, request: Request) -> None:
        peer = request.client.host if request.client else ""
        if peer and not addresses.is_own(peer):
            self.opened = Opened(ip=peer, at=self._clock())

    def _app(self) -> Starlette:
        authority = self._certificates.authority
        if authority is None:
            raise Problem(
                409,
                "no_authority",
                "There is no certificate to install",
                "This server's certificate is signed by others, or it has none; phones need nothing but its address.",
            )
        certificate = first_in(authority)
        der, shown = certificate.public_bytes(Encoding.DER), fingerprint(certificate)
        host = urlsplit(self._origin).hostname or ""
        attachment = {"Content-Disposition": f'attachment; filename="{CRT[1:]}"'}
        return Starlette(
            routes=[
                _route("/", page(self._origin, shown).encode(), "text/html; charset=utf-8", self._note),
                _route(CRT, der, "application/x-x509-ca-cert", self._note, attachment),
                _route(MOBILECONFIG, profile(der, host), "application/x-apple-aspen-config", self._note),
            ],
        )


class _Server(uvicorn.Server):
    """Runs in the loop of the real one, to which the signals belong."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bound(config: Config) -> socket.socket:
    host = "" if config.host in ("0.0.0.0", "::") else "127.0.0.1" if config.host in LOOPBACK else config.host  # noqa: S104
    dual = host == "" and config.host == "::" and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual or ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, config.install_port), family=family, dualstack_ipv6=dual)
    except OSError:
        if config.install_port != INSTALL_PORT:
            raise  # who has chosen it may have opened a firewall for it alone
        return socket.create_server((host, 0), family=family, dualstack_ipv6=dual)


def _route(
    path: str, body: bytes, media: str, note: Callable[[Request], None], more: dict[str, str] | None = None
) -> Route:
    async def answer(request: Request) -> Response:
        note(request)
        return Response(body, media_type=media, headers=HEADERS | (more or {}))

    return Route(path, answer, methods=["GET"])


def profile(der: bytes, host: str) -> bytes:
    """Return the configuration profile by which iOS installs the authority; the same one each time."""
    name = f"Countersign on {host}"
    of_certificate = hashlib.sha256(der).hexdigest()
    identifier = f"app.countersign.{of_certificate[:16]}"
    payload = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.authority",
        "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{of_certificate} authority")).upper(),
        "PayloadDisplayName": name,
        "PayloadCertificateFileName": CRT[1:],
        "PayloadContent": der,
    }
    whole = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": identifier,
        "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_OID, of_certificate)).upper(),
        "PayloadDisplayName": name,
        "PayloadDescription": _words()["install.profile"],
        "PayloadContent": [payload],
    }
    return plistlib.dumps(whole)


def page(origin: str, shown: str) -> str:
    """Return the page itself."""
    words, app = _words(), f"{origin}/phone/"

    def text(key: str) -> str:
        return html.escape(words[f"install.{key}"])

    def steps(system: str, count: int) -> str:
        return "".join(f"<li>{text(f'{system}.{step}')}</li>" for step in range(1, count + 1))

    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{text("title")}</title><style>{_STYLE}</style></head><body>
<main><h1>{text("title")}</h1><p>{text("lead")}</p>
<h2>{text("compare")}</h2><p>{text("compare_text")}</p><code>{html.escape(shown)}</code>
<h2>{text("ios")}</h2><a class="button" href="{MOBILECONFIG}">{text("ios.get")}</a><ol>{steps("ios", 3)}</ol>
<h2>{text("android")}</h2><a class="button" href="{CRT}">{text("android.get")}</a><ol>{steps("android", 3)}</ol>
<h2>{text("open")}</h2><p>{text("open_text")}</p><a class="button" href="{html.escape(app)}">{text("open_app")}
<small>{html.escape(app)}</small></a>
<p class="dim">{text("closes")}</p></main></body></html>
"""


def _words() -> dict[str, str]:
    found: dict[str, str] = json.loads(resources.path("translations", "en.json").read_text(encoding="utf-8"))
    return found
