"""What every route and every action answers to every caller: the table that the matrix is held to.

A line says how it answers where nothing stands in the way (`ok`), and what stands in the way, in this order: `but`, for
callers that have all its words; another kind of token, 401; a permission that is not held; a state of two-factor
authentication; a company that is not one's own.
"""

from collections.abc import Callable

from server.contract.permission import Permission
from tests.gates.callers import (
    KEY_WITH,
    KEY_WITHOUT,
    KEYS,
    NOBODY_HAS_IT,
    ONLY_OTHERS,
    OTHER_COMPANY,
    OWN,
    OWN_COMPANY,
    PHONE,
    PROVIDER,
    SESSIONS,
    WAIT_TOKEN,
    WITH,
    WITHOUT,
    Caller,
)
from tests.gates.lines import ANYONE, BOTH, FORBIDDEN, Answers, Call, Deed, Line
from tests.gates.things import (
    api_key,
    app,
    codes_told,
    colleague,
    company,
    destination,
    digits,
    disabled_colleague,
    elsewhere,
    empty_storage,
    enrolment,
    held_user,
    invitation,
    lost,
    named,
    new_colleague,
    new_company,
    new_credentials,
    new_destination,
    new_key,
    new_password,
    new_storage,
    new_user,
    of_user,
    on,
    on_hold,
    origin,
    other_policy,
    own_session,
    password,
    protected_colleague,
    renamed,
    rights_of_colleague,
    sealed,
    sending,
    sign_in,
    storage,
    tried,
    unknown,
    user,
    wait,
    wait_with_code,
    waiting,
    waiting_with_code,
)

_NOTHING = "A" * 43  # 32 bytes, b64u
JSON = {"Content-Type": "application/json"}


def _provider_only(ok: str = "200") -> Line:
    return Line(SESSIONS, ok, but={(WITH,): FORBIDDEN, (WITHOUT,): FORBIDDEN})


NOT_OF_SOME: Answers = {(role, scope): FORBIDDEN for role in (WITH, KEY_WITH) for scope in (OWN_COMPANY, OTHER_COMPANY)}


def _of_storage(ok: str, call: Callable[[Caller], Call], *, happens: bool = True) -> Line:
    """Return a line of what may serve all companies, so that only who sees all of them may touch it."""
    return Line(BOTH, ok, call, Permission.STORAGE_EDIT, but=NOT_OF_SOME, happens=happens)


def _of_phones(ok: str, call: Callable[[Caller], Call] = lambda _: Call(), but: Answers | None = None) -> Line:
    return Line((PHONE,), ok, call, but=but or {})


NOT_ENABLED = dict.fromkeys((NOBODY_HAS_IT, ONLY_OTHERS), "409 not_enabled")
NO_CODES = dict.fromkeys((NOBODY_HAS_IT, ONLY_OTHERS), "404 no_recovery_codes")
NO_SESSION: Answers = {(role,): "401" for role in (*KEYS, PHONE, WAIT_TOKEN)}

# Nothing here looks at companies, permissions or two-factor authentication unless it is said.
ROUTES: dict[str, Line] = {
    "GET /api/v1/health": Line(ANYONE, but=NO_SESSION),
    "POST /api/v1/setup": Line((), call=sign_in, but={(): "404"}),
    "POST /api/v1/invitations": Line(ANYONE, "201", invitation, happens=True),
    "POST /api/v1/sessions": Line(ANYONE, "202", sign_in, but={(NOBODY_HAS_IT,): "201"}, happens=True),
    # where the account has no phone any more its sign-in was cancelled
    "POST /api/v1/sessions/complete": Line((WAIT_TOKEN,), "403 not_confirmed", wait, but={(WAIT_TOKEN, OWN): "202"}),
    "POST /api/v1/sessions/cancel": Line((WAIT_TOKEN,), "409", wait, but={(WAIT_TOKEN, OWN): "200"}, happens=True),
    "POST /api/v1/sessions/totp": Line(
        (WAIT_TOKEN,), "409", wait_with_code, but={(WAIT_TOKEN, OWN): "403 phone_required"}
    ),
    "POST /api/v1/sessions/recovery": Line(
        (WAIT_TOKEN,), "409", wait_with_code, but={(WAIT_TOKEN, OWN): "401 wrong_code"}
    ),
    "POST /api/v1/sessions/lost-phone": Line(
        (WAIT_TOKEN,), "409", wait_with_code, but={(WAIT_TOKEN, OWN): "401 wrong_code"}
    ),
    "GET /api/v1/sessions": Line(SESSIONS),
    # who has the password alone ends nothing of an owner who has still to use his grant
    "DELETE /api/v1/sessions/{session}": named(
        SESSIONS,
        own_session,
        ok="204",
        but={(role, ONLY_OTHERS): "403 two_factor_required" for role in SESSIONS},
        happens=True,
    ),
    "GET /api/v1/authority": Line((), but={(): "404"}),
    "GET /api/v1/reach": _provider_only(),
    "POST /api/v1/reach/install": _provider_only("409 no_authority"),
    "DELETE /api/v1/reach/install": _provider_only("204"),
    "GET /api/v1/origins": _provider_only(),
    "GET /api/v1/me": Line(SESSIONS),
    "GET /api/v1/overview": Line(SESSIONS),
    "GET /api/v1/policy": Line(SESSIONS),
    "GET /api/v1/events": Line(SESSIONS),
    "GET /api/v1/actions": Line(BOTH),
    "GET /api/v1/requests": Line(BOTH),
    # of somebody else: a provider reads it and, with two-factor authentication, may call it off; a key knows its own
    "GET /api/v1/requests/{request}": named(BOTH, elsewhere, ok="404", but={(PROVIDER,): "200"}),
    "POST /api/v1/requests/{request}/cancel": named(
        BOTH, waiting, ok="404", but={(PROVIDER, OWN): "200", (PROVIDER,): FORBIDDEN}, happens=True
    ),
    # a provider sees it, and does not confirm it
    "POST /api/v1/requests/{request}/totp": Line(SESSIONS, "404", waiting_with_code, but={(PROVIDER,): FORBIDDEN}),
    "POST /api/v1/requests/{request}/recovery": Line(SESSIONS, "404", waiting_with_code, but={(PROVIDER,): FORBIDDEN}),
    "GET /api/v1/requests/{request}/evidence": named(SESSIONS, elsewhere, ok="404", but={(PROVIDER,): "200"}),
    "GET /api/v1/two-factor": Line(SESSIONS),
    "POST /api/v1/two-factor/test-notification": Line(SESSIONS, "409"),
    "POST /api/v1/two-factor/totp": Line(
        SESSIONS, "201", password, gate={ONLY_OTHERS: "403 grant_required"}, happens=True
    ),
    "POST /api/v1/two-factor/lost-phone": Line(SESSIONS, "200", lost, gate=NOT_ENABLED, happens=True),
    "GET /api/v1/recovery-codes": Line(SESSIONS, "410", codes_told, gate=NO_CODES),
    "POST /api/v1/recovery-codes/saved": Line(SESSIONS, "204", gate=NO_CODES),
    "POST /api/v1/enrolments": Line(
        SESSIONS,
        "201",
        password,
        gate={ONLY_OTHERS: "403 grant_required"},
        happens=True,
    ),
    "GET /api/v1/enrolments/{enrolment}": named(SESSIONS, enrolment, ok="404"),
    "POST /api/v1/enrolments/{enrolment}/confirm": Line(SESSIONS, "404", digits),
    "DELETE /api/v1/enrolments/{enrolment}": named(SESSIONS, enrolment, ok="404"),
    "GET /api/v1/users": Line(BOTH),
    "GET /api/v1/users/{user}": named(BOTH, user, other="404 user_not_found"),
    "POST /api/v1/users": Line(
        BOTH, "201", new_user, Permission.USERS_EDIT, other="404 company_not_found", happens=True
    ),
    "PATCH /api/v1/users/{user}": Line(
        BOTH, "200", renamed(user), Permission.USERS_EDIT, other="404 user_not_found", happens=True
    ),
    "GET /api/v1/users/export": Line(SESSIONS, query="?format=csv"),
    # not protected: it takes a deletion back; either permission is enough (test_deletions has who holds neither)
    "POST /api/v1/users/{user}/restore": Line(
        BOTH,
        "200",
        sending(None, held_user),
        other="404 user_not_found",
        but={(WITHOUT,): FORBIDDEN, (KEY_WITHOUT,): FORBIDDEN},
        happens=True,
    ),
    "GET /api/v1/deletions": Line(BOTH),
    "GET /api/v1/deletions/{deletion}": named(BOTH, unknown, ok="404 deletion_not_found"),
    "POST /api/v1/deletions/{deletion}/stop": Line(
        BOTH, "404 deletion_not_found", sending(None), Permission.USERS_DELETE
    ),
    "GET /api/v1/companies": Line(BOTH),
    "GET /api/v1/companies/{company}": named(BOTH, company, other="404 company_not_found"),
    # a new one would lie outside the companies of whoever does not see all
    "POST /api/v1/companies": Line(
        BOTH,
        "201",
        new_company,
        Permission.COMPANIES_EDIT,
        but=NOT_OF_SOME,
        happens=True,
    ),
    "PATCH /api/v1/companies/{company}": Line(
        BOTH, "200", renamed(company), Permission.COMPANIES_EDIT, other="404 company_not_found", happens=True
    ),
    "GET /api/v1/storage-accounts": Line(BOTH),
    "GET /api/v1/storage-accounts/{account}": named(BOTH, storage, other="404 storage_account_not_found"),
    "GET /api/v1/storage-accounts/{account}/usage": named(BOTH, storage, other="404 storage_account_not_found"),
    "POST /api/v1/storage-accounts": _of_storage("201", new_storage),
    "PATCH /api/v1/storage-accounts/{account}": _of_storage("200", renamed(storage)),
    "POST /api/v1/storage-accounts/test": _of_storage("200", tried, happens=False),
    "POST /api/v1/storage-accounts/{account}/test": _of_storage("200", sending(None, storage), happens=False),
    # at an address that nobody has allowed
    "GET /api/v1/storage-accounts/{account}/browse": _of_storage(
        "422 storage_refused", sending(None, storage), happens=False
    ),
    "POST /api/v1/storage-accounts/{account}/places": _of_storage(
        "422 storage_refused", sending({"name": "fresh"}, storage), happens=False
    ),
    "POST /api/v1/storage-accounts/{account}/destinations": _of_storage("201", new_destination),
    "PATCH /api/v1/storage-accounts/{account}/destinations/{destination}": _of_storage("200", renamed(destination)),
    "DELETE /api/v1/storage-accounts/{account}/destinations/{destination}": _of_storage(
        "204", sending(None, destination)
    ),
    # what is begun here would write when it likes
    "POST /api/v1/storage-accounts/{account}/measure": _of_storage(
        "409 no_destinations", sending(None, empty_storage), happens=False
    ),
    "DELETE /api/v1/storage-accounts/{account}/measure": _of_storage("204", sending(None, storage), happens=False),
    "GET /api/v1/administrators": Line(SESSIONS),
    "GET /api/v1/administrators/{administrator}": named(
        SESSIONS, colleague, permission=Permission.ADMINISTRATORS_EDIT, other="404", but={(WITHOUT,): "404"}
    ),
    "PATCH /api/v1/administrators/{administrator}": Line(
        SESSIONS,
        "200",
        renamed(colleague),
        Permission.ADMINISTRATORS_EDIT,
        other="404",
        but={(WITHOUT,): "404"},
        happens=True,
    ),
    # of somebody else: a provider may see and, with two-factor authentication, end everybody's
    "GET /api/v1/api-keys": Line(SESSIONS),
    "DELETE /api/v1/api-keys/{key}": named(
        SESSIONS,
        api_key,
        ok="404",
        but={(PROVIDER, ONLY_OTHERS): "403 two_factor_required", (PROVIDER,): "204"},
        happens=True,
    ),
    "GET /api/v1/audit": Line(BOTH, permission=Permission.AUDIT_VIEW),
    "GET /api/v1/audit/export": Line(SESSIONS, permission=Permission.AUDIT_VIEW, query="?format=csv"),
    "GET /phone/api/v1/server": Line(ANYONE),
    "GET /phone/api/v1/enrolments/{enrolment}": named(ANYONE, unknown, ok="404"),
    "POST /phone/api/v1/enrolments/{enrolment}": Line(ANYONE, "404", sealed(unknown)),
    "POST /phone/api/v1/sessions/challenge": Line(ANYONE, call=sending({"device": "unknown"})),
    "POST /phone/api/v1/sessions": Line(ANYONE, "401", sending({"device": "unknown", "challenge": "", "sig": ""})),
    "POST /phone/api/v1/pin": Line(
        ANYONE, "401", sending({"device": "unknown", "token": _NOTHING, "verifier": _NOTHING})
    ),
    "GET /phone/api/v1/device": _of_phones("200"),
    "DELETE /phone/api/v1/device": Line((PHONE,), "204", but={(PHONE, OWN): "409 phone_active"}, happens=True),
    "PUT /phone/api/v1/device/push": _of_phones("204", lambda _: Call(data=b"null", headers=JSON)),
    "POST /phone/api/v1/device/push/test": _of_phones("404", sending({"id": "unknown"})),
    "GET /phone/api/v1/device/settings": _of_phones("200"),
    "PUT /phone/api/v1/device/settings": _of_phones("204", sending({"show_titles": True, "quiet": []})),
    "GET /phone/api/v1/notices": _of_phones("200"),
    "POST /phone/api/v1/notices/read": _of_phones("204", sending({"ids": []})),
    "GET /phone/api/v1/requests": _of_phones("200"),
    # of somebody else's phone
    "GET /phone/api/v1/requests/{request}": _of_phones("404", lambda caller: Call(waiting(caller))),
    "POST /phone/api/v1/requests/{request}/decision": _of_phones("404", sealed(waiting)),
    "GET /phone/api/v1/events": _of_phones("200"),
}


NO_ORIGIN: Answers = {(PROVIDER, NOBODY_HAS_IT): "404 origin_not_found"}
NO_PROVIDER: Answers = {(role, state): FORBIDDEN for role in (WITH, KEY_WITH) for state in (NOBODY_HAS_IT, OWN)}
NOT_OF_ALL: Answers = {
    (role, scope, state): FORBIDDEN
    for role in (WITH, KEY_WITH)
    for scope in (OWN_COMPANY, OTHER_COMPANY)
    for state in (NOBODY_HAS_IT, OWN)
}

ACTIONS: dict[str, Deed] = {
    "sign_in": Deed(lambda _: {}, offered=False),
    # by this name with an authenticator app alone; its set-up is looked for where there is none yet
    "two_factor.enable": Deed(
        app,
        keys=False,
        at_once="404 setup_not_found",
        but={(role, OWN): "409 already_enabled" for role in SESSIONS},
    ),
    "two_factor.disable": Deed(lambda _: {}, keys=False, at_once="409 not_enabled"),
    "two_factor.change_method": Deed(app, keys=False, at_once="409 not_enabled"),
    "recovery_codes.reset": Deed(lambda _: {}, keys=False, at_once="409 not_enabled"),
    "device.change": Deed(lambda _: {}, offered=False),
    "password.change": Deed(new_password, keys=False),
    "user.delete": Deed(of_user, Permission.USERS_DELETE, "404 user_not_found"),
    "user.delete_now": Deed(on_hold, Permission.USERS_DELETE, "404 user_not_found"),
    "administrator.create": Deed(new_colleague, Permission.ADMINISTRATORS_EDIT, FORBIDDEN),
    "administrator.set_permissions": Deed(rights_of_colleague, Permission.ADMINISTRATORS_EDIT, "404"),
    "administrator.disable": Deed(on(colleague), Permission.ADMINISTRATORS_EDIT, "404"),
    "administrator.enable": Deed(on(disabled_colleague), Permission.ADMINISTRATORS_EDIT, "404"),
    "administrator.delete": Deed(on(colleague), Permission.ADMINISTRATORS_EDIT, "404"),
    "administrator.reset_two_factor": Deed(on(protected_colleague), Permission.ADMINISTRATORS_EDIT, "404"),
    "api_key.create": Deed(new_key, Permission.API_KEYS_EDIT, FORBIDDEN),
    "policy.change": Deed(other_policy, Permission.POLICY_EDIT, but=NOT_OF_ALL),
    "storage_account.delete": Deed(
        lambda caller: {"storage_account": storage(caller)}, Permission.STORAGE_DELETE, but=NOT_OF_ALL
    ),
    "storage_account.change_credentials": Deed(new_credentials, Permission.STORAGE_EDIT, but=NOT_OF_ALL),
    "origin.retire": Deed(
        lambda caller: {"origin": origin(caller)},
        Permission.POLICY_EDIT,
        but=NO_ORIGIN | NO_PROVIDER,
    ),
}

TABLE: dict[str, Line] = {
    **ROUTES,
    **{f"POST /api/v1/actions/{{name}} {name}": deed.line(name, preview=False) for name, deed in ACTIONS.items()},
    **{
        f"POST /api/v1/actions/{{name}}/preview {name}": deed.line(name, preview=True) for name, deed in ACTIONS.items()
    },
}
