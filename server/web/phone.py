"""Handlers of the phone's API (protocol, sections 1 to 3) and the files of its app."""

import asyncio
import gzip
import json
import re
import secrets
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

import resources
from server import protocol
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.domain.passwords import Turn
from server.services import claiming, deciding, phones, pins, setup
from server.web import refusals
from server.web.context import Context, context_of
from server.web.guard import bearer, ip_of
from server.web.problems import plain

BYTES = "application/octet-stream"
MANIFEST = "/phone/manifest.webmanifest"
TYPES = {  # of our own: `mimetypes` follows the system, and on Windows a program can make scripts plain text there
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
PACKED = {".css", ".html", ".js", ".svg", ".wasm"}  # pictures and fonts are packed already
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)


async def server(request: Request) -> Response:
    """Say who answers here."""
    context = context_of(request)
    name = await context.store.read(setup.organisation)
    return JSONResponse(
        {
            "version": protocol.VERSION,
            "name": name,
            "push_key": protocol.b64u(context.keys.vapid_point),
            "pin": context.config.pin_devices,
            "now": int(context.clock().timestamp()),
        }
    )


async def bundle(request: Request) -> Response:
    """Return the keys of an enrolment."""
    context = context_of(request)
    found = await context.store.read(claiming.bundle, request.path_params["enrolment"], context.clock())
    return Response(found, media_type=BYTES)


async def claim(request: Request) -> Response:
    """Claim an enrolment: examined, then the password, then claimed."""
    context = context_of(request)
    body, address = await _sealed(request), ip_of(request, context)
    store, enrolment = context.store, request.path_params["enrolment"]
    claimed = await store.write(claiming.examine, enrolment, body, context.clock())
    if isinstance(claimed, claiming.Unverified):
        await _note_unverified(context, enrolment, claimed.why, address)
        raise claimed.problem
    right = not claimed.asks_password or await context.passwords.verify(
        claimed.password_hash, claimed.password, Turn(enrolment, "phones")
    )
    reply = await store.write(claiming.claim, claimed, address, context.clock(), right=right)
    if isinstance(reply, Problem):
        raise reply
    return Response(reply, media_type=BYTES)


async def _note_unverified(context: Context, enrolment: str, why: str, address: str) -> None:
    """Write it once a minute: whoever has seen the code but not its secret could fill the log."""
    now, what = context.clock(), ("claim", why)
    write = partial(claiming.write_refusal, enrolment=enrolment, why=why, ip=address, now=now)
    if context.refused.is_due(enrolment, what, now) and not await context.note(write):
        context.refused.forget(enrolment, what)


async def challenge(request: Request) -> Response:
    """Give any device a challenge."""
    context = context_of(request)
    device = (await message_of(request, {"device"}))["device"]
    made = await context.store.read(phones.challenge, _id(device), secrets.token_bytes(12), context.clock())
    return JSONResponse({"challenge": protocol.b64u(made)})


async def open_session(request: Request) -> Response:
    """Sign a phone in."""
    context = context_of(request)
    message = await message_of(request, {"device", "challenge", "sig"})
    try:
        made, sig = protocol.unb64u(message["challenge"], 32), protocol.unb64u(message["sig"], 64)
    except protocol.Malformed as error:
        raise phones.ended() from error
    token = await context.store.write(phones.open_session, _id(message["device"]), made, sig, context.clock())
    return JSONResponse({"token": token, "expires_in": int(phones.SESSION_LASTS.total_seconds())})


async def unlock(request: Request) -> Response:
    """Give the server's share of a phone's signing key for a right PIN."""
    context = context_of(request)
    message = await message_of(request, {"device", "token", "verifier"})
    try:
        token, verifier = (protocol.unb64u(message[name], 32) for name in ("token", "verifier"))
    except protocol.Malformed as error:
        raise Problem(400, "malformed", "token and verifier are 32 bytes, b64u") from error
    address, now = ip_of(request, context), context.clock()
    share = await context.store.write(pins.unlock, _id(message["device"]), token, verifier, address, now)
    if isinstance(share, Problem):
        raise share
    return Response(share, media_type=BYTES)


async def device(request: Request) -> Response:
    """Tell a phone how it stands."""
    context, token = signed_in(request)
    return JSONResponse(await context.store.read(phones.as_device, token, context.clock(), phones.shown))


async def stop(request: Request) -> Response:
    """End the phone's own enrolment, for whoever says that it is not his."""
    context, token = signed_in(request)
    address = ip_of(request, context)
    await context.store.write(phones.as_device, token, context.clock(), claiming.stop, address)
    return Response(status_code=204)


async def requests(request: Request) -> Response:
    """List the phone's requests."""
    context, token = signed_in(request)
    before = request.query_params.get("before")
    return JSONResponse(await context.store.read(phones.as_device, token, context.clock(), phones.requests, before))


async def one_request(request: Request) -> Response:
    """Return one of them."""
    context, token = signed_in(request)
    now, name = context.clock(), request.path_params["request"]
    item, first = await context.store.read(phones.as_device, token, now, phones.request, name)
    if first:
        await context.note(phones.opened, name, now)
    return JSONResponse(item)


async def decide(request: Request) -> Response:
    """Take a decision."""
    context, token = signed_in(request)
    refusals.decides(request, token, ip_of(request, context))
    body = await request.body() if _is_sealed(request) else b""  # which opens as nothing, once the phone is known
    now, name = context.clock(), request.path_params["request"]
    done = await context.store.write(phones.as_device, token, now, deciding.decide, name, body)
    if isinstance(done, Problem):
        raise done
    if done is not RequestStatus.VOID:
        return JSONResponse({"status": done})
    item, _ = await context.store.read(phones.as_device, token, now, phones.request, name)
    return JSONResponse({"status": done, "void_reason": item["void_reason"]})


def signed_in(request: Request) -> tuple[Context, str]:
    """Return the context and the phone's token; raises 401 where there is none."""
    try:
        return context_of(request), bearer(request)
    except Problem:
        raise phones.ended() from None


def _is_sealed(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip() == BYTES


async def _sealed(request: Request) -> bytes:
    if not _is_sealed(request):
        raise Problem(400, "malformed", f"This takes {BYTES}")
    return await request.body()


async def message_of(request: Request, members: set[str]) -> dict[str, Any]:
    """Return a posted JSON object with exactly these members."""
    try:
        message = protocol.loads(await request.body())
    except protocol.Malformed as error:
        raise plain(400, "Send a JSON object.") from error
    if set(message) != members:
        told = f"takes exactly {', '.join(sorted(members))}"
        raise Problem(422, "invalid", "Something in this does not fit", f"body: {told}", fields={"body": told})
    return message


def _id(value: object) -> str:
    if not isinstance(value, str) or not protocol.is_id(value):
        raise Problem(422, "invalid", "This is no id", fields={"device": "not an id"})
    return value


class App:
    """The files of the phone app, from a fixed list made at start; says what is missing where it was not built."""

    def __init__(self, folder: Path) -> None:
        """List the files."""
        self._files = {
            f"/phone/{file.relative_to(folder).as_posix()}": file for file in folder.rglob("*") if file.is_file()
        }
        if index := self._files.get("/phone/index.html"):
            self._files["/phone/"] = index
        if manifest := self._files.get(MANIFEST):
            self._manifest = json.loads(manifest.read_bytes())

    @property
    def built(self) -> bool:
        """Whether there is an app to serve."""
        return "/phone/" in self._files

    async def serve(self, request: Request) -> Response:
        """Serve one of the files."""
        path = request.url.path
        if path == "/phone":
            return RedirectResponse("/phone/", 308)
        if path == "/phone/" and not self.built:
            text = (
                f"The phone app is not part of this installation: {resources.missing()}.\n"
                "Install Countersign again where the package registry can be reached.\n"
            )
            return Response(text, 503, media_type="text/plain")
        file = self._files.get(path)
        if file is None:
            raise plain(404)
        if path == MANIFEST:
            return await self._named(context_of(request))
        headers = {"Cache-Control": "public, max-age=31536000, immutable" if "/assets/" in path else "no-cache"}
        media = TYPES.get(file.suffix, BYTES)
        if file.suffix not in PACKED:
            return FileResponse(file, media_type=media, headers=headers)
        headers["Vary"] = "Accept-Encoding"
        if "range" in request.headers or not _TAKES_GZIP.search(request.headers.get("accept-encoding", "")):
            return FileResponse(file, media_type=media, headers=headers)
        packed = await asyncio.to_thread(_packed, file, file.stat().st_mtime_ns)
        return Response(packed, media_type=media, headers={**headers, "Content-Encoding": "gzip"})

    async def _named(self, context: Context) -> Response:
        """Name the app after the organisation: a phone may have the apps of several servers."""
        told = dict(self._manifest)
        if organisation := await context.store.read(setup.organisation):
            told |= {"name": f"{told['name']} · {organisation}", "short_name": organisation}
        media = "application/manifest+json"
        return JSONResponse(told, media_type=media, headers={"Cache-Control": "no-cache"})


@lru_cache(maxsize=64)
def _packed(file: Path, _changed: int) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0)


def app() -> App:
    """Return the app that this installation carries."""
    return App(resources.path("built", "phone"))
