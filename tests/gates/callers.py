"""Who calls: every role, company scope and state of two-factor authentication, each with a living token."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.demo.phone import SoftwarePhone
from server.contract.permission import Permission
from tests.gates.world import Actor, World
from tests.living import TestConsole
from tests.proving import status_of

NOBODY_HAS_IT, ONLY_OTHERS, OWN = "nobody has it", "only others have it", "own"
OWN_COMPANY, OTHER_COMPANY, ALL_COMPANIES = "own company", "other company", "all companies"

PROVIDER, WITH, WITHOUT = "provider", "with the permission", "without the permission"
KEY_WITH, KEY_WITHOUT = "key with the permission", "key without the permission"
PHONE, WAIT_TOKEN, NOBODY = "phone session", "wait token", "nobody"

SESSIONS, KEYS = (PROVIDER, WITH, WITHOUT), (KEY_WITH, KEY_WITHOUT)
ROLES = (*SESSIONS, *KEYS, PHONE, WAIT_TOKEN, NOBODY)
STATES = (NOBODY_HAS_IT, ONLY_OTHERS, OWN)
SCOPES = (OWN_COMPANY, OTHER_COMPANY, ALL_COMPANIES)


@dataclass(frozen=True)
class Caller:
    """One cell of the matrix: who calls, and in which company lies what is called for."""

    role: str
    scope: str
    state: str
    token: str
    world: World
    company: str
    actor: Actor | None = None

    @property
    def words(self) -> frozenset[str]:
        """Return what the table says of it."""
        return frozenset((self.role, self.scope, self.state))

    @property
    def asker(self) -> Actor:
        """Return the account that calls, or, for one that is not known by a session, the first provider."""
        return self.actor or self.world.root


class Callers:
    """All callers of one state; what they hold follows the permission that is looked at."""

    def __init__(self, world: World, state: str, permissions: Sequence[str | None] = (None, *Permission)) -> None:
        """Make the accounts, and their tokens; keys for these permissions."""
        self.world, self.state = world, state
        self.near, self.far = world.company(), world.company()
        self._held: list[str] | None = None
        self._last_phone: SoftwarePhone | None = None
        self._sleeper = world.actor()
        self._ended = str(self._begun()["wait_token"])
        if state != OWN:
            self._sleeper.do("two_factor.disable", {})
        phone = state == OWN
        self.provider = world.actor(role="provider", phone=phone)
        self._holders = {
            (role, narrow): world.actor(companies=[self.near] if narrow else None, phone=phone)
            for role in (WITH, WITHOUT)
            for narrow in (True, False)
        }
        self.keys = self._make_keys(permissions)

    def of(self, permission: str | None) -> Iterator[Caller]:
        """Return every caller: those *with* hold just this permission, those *without* all others; null: all, none."""
        self._hold(permission)
        yield self._caller(PROVIDER, ALL_COMPANIES, self.provider.console.token, self.provider)
        for role in (WITH, WITHOUT):
            for scope in SCOPES:
                actor = self._holders[role, scope != ALL_COMPANIES]
                yield self._caller(role, scope, actor.console.token, actor)
        for role in KEYS:
            for scope in SCOPES:
                key = self.keys[role, scope != ALL_COMPANIES, permission]
                yield self._caller(role, scope, key, None)
        yield self._caller(PHONE, ALL_COMPANIES, self._phone.token)
        yield self._caller(WAIT_TOKEN, ALL_COMPANIES, self._wait_token())
        yield self._caller(NOBODY, ALL_COMPANIES, "")

    def _caller(self, role: str, scope: str, token: str, actor: Actor | None = None) -> Caller:
        company = self.near if scope == OWN_COMPANY else self.far
        return Caller(role, scope, self.state, token, self.world, company, actor)

    def _hold(self, permission: str | None) -> None:
        if (held := given(WITH, permission)) == self._held:
            return
        self._held = held
        for (role, narrow), actor in self._holders.items():
            rights = {"companies": [self.near] if narrow else None, "permissions": given(role, permission)}
            asked = {"administrator": actor.id, "role": "sub_administrator", **rights}
            self.world.root.do("administrator.set_permissions", asked)

    def _make_keys(self, permissions: Sequence[str | None]) -> dict[tuple[str, bool, str | None], str]:
        owner = self.world.actor(role="provider", phone=self.state != NOBODY_HAS_IT)
        made: dict[tuple[str, bool, str | None], str] = {}
        for role in KEYS:
            for narrow in (True, False):
                for permission in permissions:
                    name = self.world.name("key")
                    held = {"permissions": given(role, permission), "companies": [self.near] if narrow else None}
                    result = owner.do("api_key.create", {"name": name, **held, "expires_in_days": None})
                    made[role, narrow, permission] = result["token"]
        if self.state == ONLY_OTHERS:
            owner.do("two_factor.disable", {})
        return made

    @property
    def _phone(self) -> SoftwarePhone:
        """Return a phone that has not ended itself."""
        if self._last_phone is None or status_of(self._last_phone.state) == 401:
            self._last_phone = self._new_phone()
        return self._last_phone

    def _new_phone(self) -> SoftwarePhone:
        """Return the phone of an account with two-factor authentication, or one that is claimed and no more."""
        if self.state == OWN:
            phone = self.world.actor().own_phone
        else:
            owner, phone = self.world.actor(phone=False), SoftwarePhone(None)
            started = owner.console.call("POST", "/enrolments", {"password": owner.password, "grant": owner.grant})
            phone.enrol(started["qr"], owner.username, owner.password)
        phone.sign_in()
        return phone

    def _wait_token(self) -> str:
        """Return one that waits, or, where no phone is asked, one whose account has no phone any more."""
        if self.state == OWN:
            return str(self._begun()["wait_token"])
        return self._ended

    def _begun(self) -> dict[str, Any]:
        desk, owner = TestConsole(self.world.server.url), self._sleeper
        return desk.begin_sign_in(owner.username, owner.password)


def given(role: str, permission: str | None) -> list[str]:
    """Return what a role holds where `permission` is looked at."""
    has = role in (WITH, KEY_WITH)
    if permission is None:
        return [str(each) for each in Permission] if has else []
    return [str(each) for each in Permission if (each == permission) == has]
