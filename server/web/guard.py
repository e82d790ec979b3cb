"""What stands before every handler: limits, headers, the caller's address, and who may pass."""

import asyncio
import hmac
import secrets
import time
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.actions.two_factor import EnableTwoFactor
from server.addresses import address_of
from server.config import is_loopback
from server.contract.problem import Problem
from server.log import calls
from server.reach import Came, Via
from server.services import policy, sessions
from server.services.sessions import Caller, SessionCaller
from server.web import refusals
from server.web.context import Context, Server
from server.web.problems import plain, written

LARGEST_BODY = 64 * 1024
PATIENCE = 15.0  # seconds for a body
MOST_MOVES = 10_000  # that are remembered
BACKGROUND = "Countersign-Background"
FORWARDED = "x-forwarded-for"
OPENINGS = ("/phone/", "/phone/api/v1/server")  # the app, and what it asks first where it is installed already

_API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_PHONE_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types countersign"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}


class Guard:
    """Wraps the application: a call id, a body of at most 64 KiB, our host and origin only, headers on every answer."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        """Know by which names it is reached."""
        self._app, self._context = app, context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["call_id"] = secrets.token_urlsafe(9)
        scope["query_string"] = _without_empty(scope["query_string"])
        headers = Headers(scope=scope)
        secure = self._context.reach.is_secure(_host_of(headers), scope["scheme"], forwarded=FORWARDED in headers)
        began, told = (
            time.perf_counter(),
            {"call_id": scope["call_id"], "method": scope["method"], "path": scope["path"]},
        )

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = round((time.perf_counter() - began) * 1000, 1)
                calls.info("call", extra={"told": {**told, "status": message["status"], "ms": took}})
                self._add_headers(MutableHeaders(scope=message), scope["path"], scope["call_id"], secure=secure)
            await send(message)

        refused = self._refuse(headers)
        if scope["method"] == "GET" and scope["path"] in OPENINGS:
            connection = HTTPConnection(scope)
            ip, (_, via) = ip_of(connection, self._context), _came(connection, self._context)
            came = Came(ip, *_called(headers), via, tls=scope["scheme"] == "https")
            self._context.reach.opened(came, headers.get("user-agent", ""))
        if b"%00" in scope["query_string"]:
            refused = plain(422, "No text here holds a NUL.")
        body = refused or await _whole_body(scope, receive)
        if isinstance(body, Problem):
            await written(body, scope["call_id"])(scope, receive, sending)
            return
        await self._app(scope, _again(body, receive), sending)

    def _refuse(self, headers: Headers) -> Problem | None:
        """Refuse other sites' pages: a name that was made to point at us, or a foreign origin."""
        reach = self._context.reach
        if _host_of(headers) not in reach.hosts:
            detail = f"Use {reach.origin}; whoever runs the server can change its public URL."
            return Problem(400, "unknown_host", "This server does not go by that name", detail)
        if headers.get("origin", reach.origin) not in reach.origins:
            return Problem(403, "foreign_origin", "Pages of other sites may not call this server")
        return None

    def _add_headers(self, headers: MutableHeaders, path: str, call_id: str, *, secure: bool) -> None:
        for name, value in _HEADERS.items():
            headers[name] = value
        phone = path.startswith("/phone") and not path.startswith("/phone/api")
        headers["Content-Security-Policy"] = _PHONE_POLICY if phone else _API_POLICY
        headers.setdefault("Cache-Control", "no-store")
        headers["Call-Id"] = call_id
        if secure:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"


def _host_of(headers: Headers) -> str:
    return _called(headers)[0]


def _called(headers: Headers) -> tuple[str, int | None]:
    """Return the name by which it was called, nothing where that is no name, and the port where one was given."""
    try:
        parts = urlsplit(f"//{headers.get('host', '')}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return "", None
    return name, port


def _without_empty(query: bytes) -> bytes:
    """Take `?status=&q=x` as `?q=x`: what is empty was not chosen."""
    return b"&".join(part for part in query.split(b"&") if part.partition(b"=")[2])


async def _whole_body(scope: Scope, receive: Receive) -> bytes | Problem:
    """Return the body, or why not: it is never kept beyond the limit, nor waited for without end."""
    declared, too_large = Headers(scope=scope).get("content-length", "0"), plain(413, "Send less.")
    if not declared.isdigit() or int(declared) > LARGEST_BODY:
        return too_large
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > LARGEST_BODY:
                    return too_large
                if message["type"] != "http.request" or not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        return Problem(408, "too_slow", "This took too long to arrive", "Send it again.")


def _again(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read once more, then what comes after it."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return receiving


def ip_of(connection: HTTPConnection, context: Context) -> str:
    """Return the socket's peer, or the address forwarded by a proxy that is listed."""
    ip, via = _came(connection, context)
    if via is Via.UNLISTED:
        context.unlisted_proxy_at = context.clock()
    elif via is not Via.STRAIGHT and _is_public(connection, context):
        context.silent_proxy_at = context.clock() if via is Via.SILENT else None
    return ip


def _came(connection: HTTPConnection, context: Context) -> tuple[str, Via]:
    """Return for whom a call is, and how it came."""
    peer = connection.client.host if connection.client else ""
    peer = _address_in(peer) or peer
    hops = [hop.strip() for hop in ",".join(connection.headers.getlist(FORWARDED)).split(",") if hop.strip()]
    if hops and not _listed(peer, context):
        return peer, Via.UNLISTED
    for hop in reversed(hops):
        if (address := _address_in(hop)) is None:
            return peer, Via.SILENT
        if not _listed(address, context):
            return address, Via.LISTED
    behind = not hops and context.reach.how == "proxy" and (is_loopback(peer) or _listed(peer, context))
    return peer, Via.SILENT if behind else Via.LISTED if hops else Via.STRAIGHT


def _address_in(hop: str) -> str | None:
    """Return the address that a proxy names, which some write with a port; null where it names none."""
    bare = hop.rpartition(":")[0] if hop.count(":") == 1 or "]:" in hop else hop
    try:
        return str(address_of(bare.strip("[]")))
    except ValueError:
        return None


def _is_public(connection: HTTPConnection, context: Context) -> bool:
    """Whether the call is to the public URL: this computer's own console calls by another name."""
    return _host_of(connection.headers) == urlsplit(context.reach.origin).hostname


def _listed(address: str, context: Context) -> bool:
    try:
        parsed = address_of(address)
    except ValueError:
        return False
    return any(parsed in network for network in context.reach.believed)


def bearer(connection: HTTPConnection) -> str:
    """Return the bearer token; raises 401 where there is none."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise sessions.ended()
    return token.strip()


async def session(request: Request, context: Server) -> SessionCaller:
    """Return who calls by a session; counts as use, unless the console says that it acts by itself."""
    now, token, where = context.clock(), bearer(request), _where(request, context)
    refusals.tries(request, token, *where)
    caller = await context.store.read(sessions.authenticate, token, where[0], now)
    refusals.by(request, caller)
    await _note_use(request, context, caller, now)
    return caller


async def session_or_key(request: Request, context: Server) -> Caller:
    """Return who calls, by a session or an API key; counts as use."""
    now, token, where = context.clock(), bearer(request), _where(request, context)
    refusals.tries(request, token, *where)
    caller = await context.store.read(sessions.authenticate_any, token, *where, now)
    refusals.by(request, caller)
    await _note_use(request, context, caller, now)
    return caller


def _where(request: Request, context: Context) -> tuple[str, str]:
    """Return the address of who calls, and what it says of itself."""
    said = "".join(each for each in request.headers.get("user-agent", "") if each.isprintable())[:64].strip()
    return ip_of(request, context), said or "unknown"


async def _note_use(request: Request, context: Context, caller: Caller, now: datetime) -> None:
    if isinstance(caller, SessionCaller):
        await note_move(context, caller, now)
    if BACKGROUND not in request.headers and sessions.needs_touch(caller, now):
        await context.note(sessions.touch, caller, now)


async def note_move(context: Context, caller: SessionCaller, now: datetime) -> None:
    """Write that a session is used elsewhere: once for each address while the server runs, whoever calls."""
    came = (caller.session.id, caller.ip)
    if caller.ip == caller.session.ip or came in context.moved:
        return
    if len(context.moved) >= MOST_MOVES:
        context.moved.clear()
    context.moved.add(came)
    if not await context.note(sessions.moved, caller, now):
        context.moved.discard(came)


async def setup_token(request: Request, context: Server) -> None:
    """Pass the holder of the set-up token; 404 once set up, 403 where it is wrong."""
    if context.setup_token is None:
        raise plain(404)
    given = request.headers.get("setup-token", "")
    if not hmac.compare_digest(given.encode(), context.setup_token.encode()):
        raise Problem(
            403, "wrong_setup_token", "The set-up token is wrong", "The server prints a new one each time it starts."
        )


async def address(request: Request, context: Server) -> str:
    """Return the address of who calls."""
    return ip_of(request, context)


Signed = Annotated[SessionCaller, Depends(session)]
Called = Annotated[Caller, Depends(session_or_key)]
Address = Annotated[str, Depends(address)]


async def enrolled(caller: Signed, context: Server) -> None:
    """Pass who has two-factor authentication, or may do without by policy; raises 403 `two_factor_required`."""
    await _require_enrolled(caller, context)


async def enrolled_or_key(request: Request, caller: Called, context: Server) -> None:
    """Pass likewise, also an API key, and whoever turns two-factor authentication on by a code."""
    if request.path_params.get("name") != EnableTwoFactor.name:
        await _require_enrolled(caller, context)


async def _require_enrolled(caller: Caller, context: Context) -> None:
    if caller.account.method is None:
        await context.store.read(policy.require_enrolled, caller.account, context.clock())
