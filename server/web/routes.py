"""The whole URL map on one page, each route with who may call it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import Route as PlainRoute

from server.contract.health import HealthWarning
from server.web import (
    accounts,
    asking,
    audit,
    console,
    guard,
    notices,
    organisation,
    phone,
    reach,
    requests,
    second_factor,
    storage,
    stream,
    users,
)
from server.web.body import OnceEach, nothing, reads


class Who(StrEnum):
    """Who may call a route; tokens of one kind are refused on another kind's routes."""

    ANYONE = "anyone"
    SETUP_TOKEN = "set-up token"  # noqa: S105 - a kind, not a token
    WAIT_TOKEN = "wait token"  # noqa: S105 - a kind, not a token
    SESSION = "session"
    SESSION_OR_KEY = "session, key"
    PHONE = "phone session"


@dataclass(frozen=True)
class Route:
    """One line of the map; `to_enrol` is what an account may do that policy leaves nothing but to enrol a phone."""

    method: str
    path: str
    who: Who
    handler: Callable[..., Any]
    status: int = 200
    to_enrol: bool = False


CONSOLE = "/api/v1"
CONSOLE_ROUTES = [
    Route("GET", "/health", Who.ANYONE, console.health),
    Route("POST", "/setup", Who.SETUP_TOKEN, console.set_up, 201),
    Route("POST", "/invitations", Who.ANYONE, console.accept_invitation, 201),
    Route("POST", "/sessions", Who.ANYONE, console.sign_in),
    Route("POST", "/sessions/complete", Who.WAIT_TOKEN, console.complete_sign_in),
    Route("POST", "/sessions/cancel", Who.WAIT_TOKEN, console.cancel_sign_in),
    Route("POST", "/sessions/totp", Who.WAIT_TOKEN, console.sign_in_by_totp, 201),
    Route("POST", "/sessions/recovery", Who.WAIT_TOKEN, console.sign_in_by_recovery_code, 201),
    Route("POST", "/sessions/lost-phone", Who.WAIT_TOKEN, console.sign_in_without_phone, 201),
    Route("GET", "/sessions", Who.SESSION, console.list_sessions, to_enrol=True),
    Route("DELETE", "/sessions/{session}", Who.SESSION, console.end_session, 204, to_enrol=True),
    Route("GET", "/authority", Who.ANYONE, reach.show_authority),
    Route("GET", "/reach", Who.SESSION, reach.show_reach, to_enrol=True),
    Route("POST", "/reach/install", Who.SESSION, reach.open_install, to_enrol=True),
    Route("DELETE", "/reach/install", Who.SESSION, reach.close_install, 204, to_enrol=True),
    Route("GET", "/origins", Who.SESSION, reach.list_origins),
    Route("GET", "/me", Who.SESSION, console.me, to_enrol=True),
    Route("GET", "/actions", Who.SESSION_OR_KEY, asking.list_actions, to_enrol=True),
    Route("POST", "/actions/{name}/preview", Who.SESSION_OR_KEY, asking.preview_action),
    Route("POST", "/actions/{name}", Who.SESSION_OR_KEY, asking.ask),
    Route("GET", "/requests", Who.SESSION_OR_KEY, requests.list_requests),
    Route("GET", "/requests/{request}", Who.SESSION_OR_KEY, requests.one_request, to_enrol=True),
    Route("POST", "/requests/{request}/cancel", Who.SESSION_OR_KEY, requests.cancel_request, to_enrol=True),
    Route("POST", "/requests/{request}/totp", Who.SESSION, second_factor.confirm_by_totp),
    Route("POST", "/requests/{request}/recovery", Who.SESSION, second_factor.confirm_by_recovery_code),
    Route("GET", "/requests/{request}/evidence", Who.SESSION, requests.export_evidence),
    Route("GET", "/two-factor", Who.SESSION, second_factor.show_two_factor, to_enrol=True),
    Route("POST", "/two-factor/test-notification", Who.SESSION, second_factor.test_notification, 202),
    Route("POST", "/two-factor/totp", Who.SESSION, second_factor.start_totp, 201, to_enrol=True),
    Route("POST", "/two-factor/lost-phone", Who.SESSION, second_factor.report_lost_phone),
    Route("GET", "/recovery-codes", Who.SESSION, second_factor.tell_recovery_codes, to_enrol=True),
    Route("POST", "/recovery-codes/saved", Who.SESSION, second_factor.say_codes_saved, 204, to_enrol=True),
    Route("POST", "/enrolments", Who.SESSION, second_factor.start_enrolment, 201, to_enrol=True),
    Route("GET", "/enrolments/{enrolment}", Who.SESSION, second_factor.show_enrolment, to_enrol=True),
    Route("POST", "/enrolments/{enrolment}/confirm", Who.SESSION, second_factor.confirm_enrolment, 202, to_enrol=True),
    Route("DELETE", "/enrolments/{enrolment}", Who.SESSION, second_factor.stop_enrolment, 204, to_enrol=True),
    Route("GET", "/users", Who.SESSION_OR_KEY, users.list_users),
    Route("POST", "/users", Who.SESSION_OR_KEY, users.add_user, 201),
    Route("GET", "/users/export", Who.SESSION, users.export_users),
    Route("GET", "/users/{user}", Who.SESSION_OR_KEY, users.one_user),
    Route("PATCH", "/users/{user}", Who.SESSION_OR_KEY, users.edit_user),
    Route("POST", "/users/{user}/restore", Who.SESSION_OR_KEY, users.restore_user),
    Route("GET", "/deletions", Who.SESSION_OR_KEY, users.list_deletions),
    Route("GET", "/deletions/{deletion}", Who.SESSION_OR_KEY, users.one_deletion),
    Route("POST", "/deletions/{deletion}/stop", Who.SESSION_OR_KEY, users.stop_deletion),
    Route("GET", "/companies", Who.SESSION_OR_KEY, organisation.list_companies),
    Route("POST", "/companies", Who.SESSION_OR_KEY, organisation.add_company, 201),
    Route("GET", "/companies/{company}", Who.SESSION_OR_KEY, organisation.one_company),
    Route("PATCH", "/companies/{company}", Who.SESSION_OR_KEY, organisation.edit_company),
    Route("GET", "/storage-accounts", Who.SESSION_OR_KEY, storage.list_accounts),
    Route("POST", "/storage-accounts", Who.SESSION_OR_KEY, storage.add_account, 201),
    Route("POST", "/storage-accounts/test", Who.SESSION_OR_KEY, storage.try_settings),
    Route("GET", "/storage-accounts/{account}", Who.SESSION_OR_KEY, storage.one_account),
    Route("PATCH", "/storage-accounts/{account}", Who.SESSION_OR_KEY, storage.rename_account),
    Route("POST", "/storage-accounts/{account}/test", Who.SESSION_OR_KEY, storage.try_account),
    Route("GET", "/storage-accounts/{account}/browse", Who.SESSION_OR_KEY, storage.browse),
    Route("POST", "/storage-accounts/{account}/places", Who.SESSION_OR_KEY, storage.make_place, 201),
    Route("POST", "/storage-accounts/{account}/destinations", Who.SESSION_OR_KEY, storage.add_destination, 201),
    Route(
        "PATCH",
        "/storage-accounts/{account}/destinations/{destination}",
        Who.SESSION_OR_KEY,
        storage.edit_destination,
    ),
    Route(
        "DELETE",
        "/storage-accounts/{account}/destinations/{destination}",
        Who.SESSION_OR_KEY,
        storage.remove_destination,
        204,
    ),
    Route("POST", "/storage-accounts/{account}/measure", Who.SESSION_OR_KEY, storage.measure, 202),
    Route("DELETE", "/storage-accounts/{account}/measure", Who.SESSION_OR_KEY, storage.stop_measuring, 204),
    Route("GET", "/storage-accounts/{account}/usage", Who.SESSION_OR_KEY, storage.show_usage),
    Route("GET", "/policy", Who.SESSION, organisation.show_policy, to_enrol=True),
    Route("GET", "/overview", Who.SESSION, organisation.show_overview),
    Route("GET", "/administrators", Who.SESSION, accounts.list_administrators),
    Route("GET", "/administrators/{administrator}", Who.SESSION, accounts.one_administrator),
    Route("PATCH", "/administrators/{administrator}", Who.SESSION, accounts.edit_administrator),
    Route("GET", "/api-keys", Who.SESSION, accounts.list_api_keys),
    Route("DELETE", "/api-keys/{key}", Who.SESSION, accounts.end_api_key, 204),
    Route("GET", "/audit", Who.SESSION_OR_KEY, audit.list_audit),
    Route("GET", "/audit/export", Who.SESSION, audit.export_audit),
]

PHONE = "/phone/api/v1"
PLAIN_ROUTES = [
    Route("GET", f"{CONSOLE}/events", Who.SESSION, stream.console, to_enrol=True),
    Route("GET", f"{PHONE}/server", Who.ANYONE, phone.server),
    Route("GET", f"{PHONE}/enrolments/{{enrolment}}", Who.ANYONE, phone.bundle),
    Route("POST", f"{PHONE}/enrolments/{{enrolment}}", Who.ANYONE, phone.claim),
    Route("POST", f"{PHONE}/sessions/challenge", Who.ANYONE, phone.challenge),
    Route("POST", f"{PHONE}/sessions", Who.ANYONE, phone.open_session),
    Route("POST", f"{PHONE}/pin", Who.ANYONE, phone.unlock),
    Route("GET", f"{PHONE}/device", Who.PHONE, phone.device),
    Route("DELETE", f"{PHONE}/device", Who.PHONE, phone.stop),
    Route("PUT", f"{PHONE}/device/push", Who.PHONE, notices.set_push),
    Route("POST", f"{PHONE}/device/push/test", Who.PHONE, notices.opened_test),
    Route("GET", f"{PHONE}/device/settings", Who.PHONE, notices.settings),
    Route("PUT", f"{PHONE}/device/settings", Who.PHONE, notices.choose),
    Route("GET", f"{PHONE}/notices", Who.PHONE, notices.listed),
    Route("POST", f"{PHONE}/notices/read", Who.PHONE, notices.read),
    Route("GET", f"{PHONE}/requests", Who.PHONE, phone.requests),
    Route("GET", f"{PHONE}/requests/{{request}}", Who.PHONE, phone.one_request),
    Route("POST", f"{PHONE}/requests/{{request}}/decision", Who.PHONE, phone.decide),
    Route("GET", f"{PHONE}/events", Who.PHONE, stream.phone),
]

_BEFORE = {
    Who.SESSION: [Depends(guard.session)],
    Who.SESSION_OR_KEY: [Depends(guard.session_or_key)],
    Who.SETUP_TOKEN: [Depends(guard.setup_token)],
}
_ENROLLED = {Who.SESSION: [Depends(guard.enrolled)], Who.SESSION_OR_KEY: [Depends(guard.enrolled_or_key)]}


def _only(app: FastAPI, method: str) -> None:
    """Take away the HEAD that comes with every plain GET: a stream would answer it without end."""
    added = app.router.routes[-1]
    if isinstance(added, PlainRoute):
        added.methods = {method}


@cache
def api() -> APIRouter:
    """Return the routes of the console API, made once: they know no application, and take most of its making."""
    router = APIRouter(route_class=OnceEach)
    for route in CONSOLE_ROUTES:
        path = f"{CONSOLE}{route.path}"
        enrolled = [] if route.to_enrol else _ENROLLED.get(route.who, [])
        bare = [] if route.method == "GET" or reads(path, route.handler) else [Depends(nothing)]
        router.add_api_route(
            path,
            route.handler,
            methods=[route.method],
            status_code=route.status,
            dependencies=[*_BEFORE.get(route.who, []), *enrolled, *bare],
        )
    return router


def install(app: FastAPI) -> None:
    """Add every route to the application."""
    app.router.routes.extend(api().routes)
    for route in PLAIN_ROUTES:
        app.add_route(route.path, route.handler, methods=[route.method])
        _only(app, route.method)
    files = phone.app()
    for path in ("/phone", "/phone/", "/phone/{path:path}"):
        app.add_route(path, files.serve, methods=["GET"])
    if not files.built:
        app.state.context.warnings.add(HealthWarning.PHONE_APP_MISSING)
