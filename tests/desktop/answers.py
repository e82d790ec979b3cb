"""A server's answers from memory, for looking at screens without one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typing_extensions import override

from desktop.core.calls import Query
from desktop.core.results import Attempt
from desktop.core.transport import Offline
from server.contract.action import ActionInfo, Executed
from server.contract.administrator import Administrator, Me
from server.contract.api_key import ApiKey
from server.contract.audit import AuditEvent, Outcome
from server.contract.company import Company
from server.contract.deletion import Deletion
from server.contract.enrolment import Enrolment, EnrolmentStatus, StartedEnrolment, StartEnrolment
from server.contract.health import Health
from server.contract.message import Page
from server.contract.overview import Overview
from server.contract.permission import Permission, Role
from server.contract.policy import ShownPolicy
from server.contract.problem import Problem
from server.contract.reach import Address, Authority, Certificate, Install, Origin, OriginDevice, Pinned, Reach, Reached
from server.contract.request import DecidedBy, Kind, Push, Request, RequestStatus, Target
from server.contract.session import Session
from server.contract.two_factor import Device, StartedTotp, StartTotp, TwoFactor
from server.contract.user import User, UserStatus
from tests.desktop.answers_of_administrators import PROPERTIES, action, details, session
from tests.desktop.answers_of_deletions import DeletionAnswers, deletion, in_short
from tests.desktop.answers_of_governing import company, overview, policy
from tests.desktop.answers_of_storage import StorageAnswers, StorageWorld

NOW = datetime.now(UTC)
LONG = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh & Sons International Managed Backup Holdings of the North"
LONG_MAIL = f"{'very.long.local.part.' * 3}x@{'departement.' * 8}wolfeschlegelsteinhausenbergerdorff.example"
LONG_CLAIM = "NW-LT-014-WOLFESCHLEGELSTEINHAUSENBERGERDORFF-SECOND-FLOOR-WEST"
REASON = (
    "Contract ended on 30 November, ticket 4471; the customer has confirmed in writing that nothing is needed any more."
)
CONSEQUENCE = (
    "Mia Brandt can no longer sign in to the backup client. Her backups stay where they are. This cannot be undone."
)
QR = "http://localhost:8475/phone/#a=" + "Qk3" * 24
CODES = [f"{4 + number}TQH-7K2M-{number}B3R-W5XJ" for number in range(10)]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
EMPTY: dict[str, Any] = {
    "recovery_codes_left": 0,
    "recovery_codes_saved_at": None,
    "recovery_codes_used_at": [],
    "recovery_codes_made_at": None,
}
ENROL_QR = "/phone/#e=" + "A7x" * 88


def request(
    status: RequestStatus = RequestStatus.PENDING, *, own: bool = True, long: bool = False, **more: Any
) -> Request:
    """Return a request; `own` is one of this session, with its code."""
    pending = status is RequestStatus.PENDING
    values: dict[str, Any] = {
        "id": f"req_{status}_{own}_{long}_{more.get('action', '')}",
        "action": "user.delete",
        "kind": Kind.MANAGEMENT,
        "title": "Delete user",
        "summary": f"Delete the user {LONG_MAIL if long else 'mia.brandt@contoso.example'}",
        "status": status,
        "requested_by": "amelia.hart" if own else "jonas.keller",
        "device_name": LONG_CLAIM if long else "NW-LT-014",
        "application": "Countersign 0.1.0, Windows",
        "ip": "2001:db8:85a3:8d3:1319:8a2e:370:7348" if long else "192.168.1.24",
        "notices": ["New network address for this account"] if long else [],
        "target": [Target(type="user", id="usr_1", name=LONG_MAIL if long else "mia.brandt@contoso.example")],
        "parameters": {"user": "usr_1", "mode": "user_only"},
        "consequence": CONSEQUENCE,
        "reason": REASON if long else "Contract ended, ticket 4471",
        "code": "482913" if own and pending else None,
        "qr": QR if own and pending else None,
        "created_at": NOW,
        "expires_at": NOW + timedelta(seconds=120),
        "decided_at": None if pending else NOW + timedelta(seconds=20),
        "decided_by": None if pending else DecidedBy(type="device", name="Pixel 9"),
        "push": Push(sent_at=NOW, opened_at=NOW + timedelta(seconds=6)),
        "device": LONG_CLAIM.title() if long else "Pixel 9",
        "methods": ["phone"] if pending else [],
        "now": NOW + timedelta(seconds=18),
        "void_reason": "target_changed" if status is RequestStatus.VOID else None,
    }
    return Request(**(values | more))


def user(number: int, *, long: bool = False, held: bool = False, **more: Any) -> User:
    """Return a user."""
    values: dict[str, Any] = {
        "id": f"usr_{number}",
        "username": LONG_MAIL if long else f"person.{number:04}@contoso.example",
        "name": LONG if long else f"Person {number:04}",
        "company": "cmp_1",
        "company_name": LONG if long else "Contoso",
        "status": UserStatus.HELD if held else UserStatus.ACTIVE,
        "created_at": NOW - timedelta(days=number),
        "deletion": in_short(deletion(number)) if held else None,
        "held_until": deletion(number).due_at if held else None,
    }
    return User(**(values | more))


def event(number: int, *, long: bool = False) -> AuditEvent:
    """Return an audit event."""
    names = ("request:approved", "user:created", "session:started", "request:rejected")
    return AuditEvent.model_validate(
        {
            "id": f"evt_{number}",
            "at": NOW - timedelta(minutes=number),
            "event": names[number % len(names)],
            "outcome": Outcome.DENIED if number % 4 == 3 else Outcome.OK,
            "username": "amelia.hart",
            "device_name": LONG_CLAIM if long else "NW-LT-014",
            "application": "Countersign 0.1.0, Windows",
            "ip": "192.168.1.24",
            "action": "user.delete",
            "kind": Kind.MANAGEMENT,
            "request": "req_oxwGvUY-OSO8Gq295IsWlw",
            "target": [Target(type="user", id="usr_1", name=LONG_MAIL if long else "mia.brandt@contoso.example")],
            "parameters": {"user": "usr_1", "mode": "user_only"},
            "reason": REASON,
            "device": "Pixel 9",
            "evidence": {"decision": "approve", "code": "482913", "sig": "x", "webauthn": {"a": 1}, "statement": "s"},
        }
    )


def reach(*, on: bool = False, long: bool = False, **more: Any) -> Reach:
    """Return how phones reach the server; `on` is by an authority of its own."""
    name = f"{'countersign-' * 5}northwind.example" if long else "nw-server.local"
    values: dict[str, Any] = {
        "origin": f"https://{name}:8443" if on else "http://localhost:8475",
        "how": "own_authority" if on else "this_computer",
        "addresses": [
            Address(name=name, kind="name", resolves=True, to=["192.168.1.20"]),
            Address(name="nw-server", kind="name", resolves=False, to=[]),
            Address(ip="192.168.1.20", kind="ip", resolves=True, to=["192.168.1.20"]),
        ],
        "authority": Authority(
            fingerprint=":".join(["A7", "3F", "09", "C4"] * 8), names=[name], expires_at=NOW + timedelta(days=3650)
        )
        if on
        else None,
        "certificate": Certificate(
            names=[name], expires_at=NOW + timedelta(days=396), renews_at=NOW + timedelta(days=366)
        )
        if on
        else None,
        "port": 8443 if on else 8475,
        "install": Install(url=f"http://{name}:8480/", open_until=NOW + timedelta(seconds=60)) if on else None,
        "reached": Reached(ip="192.168.1.23", at=NOW - timedelta(days=1), application="Chrome 156") if on else None,
        "refused": None,
        "now": NOW,
    }
    return Reach(**(values | more))


def origin(*, current: bool = False, phones: int = 1, long: bool = False) -> Origin:
    """Return an address with its phones."""
    url = "https://nw-server.local:8443" if current else "https://old-name-of-the-server.northwind.example:8443"
    devices = [
        OriginDevice(id=f"dev_{place}", name=LONG_CLAIM if long else "Pixel 9", username=f"jonas.keller{place or ''}")
        for place in range(phones)
    ]
    return Origin(origin=url, current=current, port=8443, devices=devices)


@dataclass
class World:
    """What the server holds."""

    users: list[User] = field(default_factory=lambda: [user(number, held=number == 3) for number in range(40)])
    events: list[AuditEvent] = field(default_factory=lambda: [event(number) for number in range(40)])
    requests: list[Request] = field(default_factory=list)
    protected: bool = True
    reachable: bool = True
    app: str = "http://localhost:8475"
    """The origin of the phone app."""
    long: bool = False
    enrolment: EnrolmentStatus = EnrolmentStatus.PENDING
    fails: Exception | None = None
    reach: Reach = field(default_factory=reach)
    fails_reach: bool = False
    origins: list[Origin] = field(default_factory=list)
    phone: dict[str, Any] = field(default_factory=dict)
    """What is different about the phone."""
    method: str = "phone"
    lost: bool = False
    codes: dict[str, Any] = field(default_factory=dict)
    """What is different about the recovery codes."""
    told: Exception | None = None
    """Why they are not told."""
    health: dict[str, Any] = field(default_factory=dict)
    companies: list[Company] = field(default_factory=lambda: [company(number) for number in range(6)])
    colleagues: list[Administrator] = field(default_factory=list)
    overview: Overview = field(default_factory=overview)
    policy: ShownPolicy = field(default_factory=policy)
    api_keys: list[ApiKey] = field(default_factory=list)
    account: dict[str, Any] = field(default_factory=dict)
    """What is different about the account."""
    sessions: list[Session] = field(default_factory=lambda: [session(number) for number in range(3)])
    refuses: Exception | None = None
    """With what previews are refused."""
    foreseen: dict[str, Any] = field(default_factory=dict)
    """What is different about what the phone would show."""
    storage: StorageWorld = field(default_factory=StorageWorld)
    deletions: list[Deletion] = field(default_factory=list)

    @property
    def me(self) -> Me:
        """The account."""
        values: dict[str, Any] = {
            "id": "adm_1",
            "username": "amelia.hart",
            "name": LONG if self.long else "Amelia Hart",
            "email": "amelia.hart@northwind.example",
            "role": Role.PROVIDER,
            "companies": None,
            "permissions": list(Permission),
            "two_factor": self.protected,
            "created_at": NOW,
            "organisation": LONG if self.long else "Northwind Managed Services",
            "grant_required": False,
        }
        return Me(**(values | self.account))


class Answers(StorageAnswers, DeletionAnswers):
    """Says what the world holds."""

    world: World

    def __init__(self, world: World) -> None:
        super().__init__("http://127.0.0.1:9")
        self.world = world
        self.storage = world.storage
        self.token = "token"

    @override
    def health(self) -> Health:
        values = {"status": "ok", "version": "0.1.0", "setup_done": True, "server_key": "k" * 43}
        return Health.model_validate(values | self.world.health)

    @override
    def me(self) -> Me:
        return self.world.me

    @override
    def users(self, query: Query) -> Page[User]:
        found = [] if query.get("q") == "nobody" else self.world.users
        for name, member in {"company": "company", "destination": "destination", "status": "status"}.items():
            found = [each for each in found if query.get(name) in (None, getattr(each, member))]
        enabled = query.get("enabled")
        return self._page([each for each in found if enabled in (None, str(each.enabled).lower())], query)

    @override
    def user(self, user: str) -> User:
        return next(each for each in self.world.users if each.id == user)

    @override
    def companies(self, query: Query) -> Page[Company]:
        words = query.get("q", "").casefold()
        return self._page([each for each in self.world.companies if words in each.name.casefold()], query)

    @override
    def administrators(self, query: Query) -> Page[Administrator]:
        return self._page([self.world.me, *self.world.colleagues], query)

    @override
    def administrator(self, administrator: str) -> Administrator:
        return next(each for each in (self.world.me, *self.world.colleagues) if each.id == administrator)

    @override
    def sessions(self) -> Page[Session]:
        return Page(items=self.world.sessions)

    @override
    def overview(self) -> Overview:
        if self.world.fails is not None:
            raise self.world.fails
        return self.world.overview

    @override
    def policy(self) -> ShownPolicy:
        if self.world.fails is not None:
            raise self.world.fails
        return self.world.policy

    @override
    def api_keys(self, query: Query) -> Page[ApiKey]:
        return self._page(self.world.api_keys, query)

    @override
    def audit(self, query: Query) -> Page[AuditEvent]:
        return self._page(self.world.events, query)

    @override
    def requests(self, query: Query) -> Page[Request]:
        wanted = query.get("status")
        return self._page([each for each in self.world.requests if wanted in (None, each.status)], query)

    @override
    def request(self, request: str) -> Request:
        return next(each for each in self.world.requests if each.id == request)

    @override
    def actions(self) -> list[ActionInfo]:
        return [action(name, protected=self.world.me.two_factor) for name in PROPERTIES]

    @override
    def preview(self, action: str, parameters: Mapping[str, Any], reason: str = "") -> dict[str, Any]:
        if self.world.refuses is not None:
            raise self.world.refuses
        names = {each.id: each.username for each in self.world.users}
        names |= {each.id: each.username for each in (self.world.me, *self.world.colleagues)}
        names |= {each.id: each.name for each in self.storage.accounts}
        lines = details(self.world.me, action, parameters, reason, names=names) | self.world.foreseen
        if self.world.policy.reason_required and lines["kind"] == "management" and not reason:
            raise Problem(422, "reason_required", "Your organisation wants a reason", "Say why this is asked for.")
        return lines

    @override
    def ask(
        self, action: str, parameters: Mapping[str, Any], reason: str = "", attempt: Attempt | None = None
    ) -> Executed | Request:
        return request()

    @override
    def two_factor(self) -> TwoFactor:
        name = LONG_CLAIM if self.world.long else "Pixel 9"
        values: dict[str, Any] = {
            "id": "dev_1",
            "name": name,
            "platform": "android",
            "verification": "webauthn",
            "enrolled_at": NOW,
            "last_seen_at": NOW,
            "push": True,
        }
        device = Device(**(values | self.world.phone))
        return TwoFactor(
            enabled=self.world.protected,
            method=self.world.method if self.world.protected else None,
            device=device if self.world.protected and self.world.method == "phone" and not self.world.lost else None,
            authenticator=self.world.protected and self.world.method == "totp" and not self.world.lost,
            **self._codes(),
        )

    def _codes(self) -> dict[str, Any]:
        used = [NOW - timedelta(days=19), NOW - timedelta(days=11)]
        made = NOW - timedelta(days=25)
        values: dict[str, Any] = {
            "recovery_codes_left": 8,
            "recovery_codes_saved_at": made,
            "recovery_codes_used_at": used,
            "recovery_codes_made_at": made,
            "totp_confirms": [
                "device.change",
                "password.change",
                "recovery_codes.reset",
                "sign_in",
                "two_factor.disable",
            ],
        }
        return values | ({} if self.world.protected else EMPTY) | self.world.codes

    @override
    def recovery_codes(self) -> list[str]:
        if self.world.told is not None:
            raise self.world.told
        return CODES

    @override
    def say_codes_saved(self) -> None:
        """Nothing to keep."""

    @override
    def start_totp(self, form: StartTotp) -> StartedTotp:
        uri = f"otpauth://totp/Northwind%20Managed%20Services:amelia.hart?secret={SECRET}&issuer=Northwind%20Managed%20Services"
        return StartedTotp(id="totp_1", secret=SECRET, uri=uri, expires_at=NOW + timedelta(minutes=10), now=NOW)

    @override
    def start_enrolment(self, form: StartEnrolment) -> StartedEnrolment:
        expires = NOW + timedelta(minutes=5)
        qr = f"{self.world.app}{ENROL_QR}"
        return StartedEnrolment(id="enr_1", qr=qr, expires_at=expires, reachable=self.world.reachable, now=NOW)

    @override
    def enrolment(self, enrolment: str) -> Enrolment:
        return Enrolment(status=self.world.enrolment, device_name=LONG_CLAIM if self.world.long else "Pixel 9")

    @override
    def confirm_enrolment(self, enrolment: str, sas: str) -> Request:
        return request(action="two_factor.enable", target=[], consequence="", long=self.world.long)

    @override
    def stop_enrolment(self, enrolment: str) -> None:
        """Nothing to stop."""

    @override
    def test_notification(self) -> None:
        """Nobody is woken."""

    @override
    def reach(self) -> Reach:
        if self.world.fails_reach:
            raise Offline
        return self.world.reach

    @override
    def authority(self) -> Pinned:
        if self.world.reach.authority is None:
            raise Problem(404, "not_found", "There is no authority of its own")
        return Pinned(certificate="", fingerprint=self.world.reach.authority.fingerprint)

    @override
    def origins(self) -> list[Origin]:
        return self.world.origins

    @override
    def open_install_page(self) -> Install:
        return Install(url="http://nw-server.local:8480/", open_until=NOW + timedelta(seconds=60))

    @override
    def close_install_page(self) -> None:
        """Nothing to close."""

    @override
    def export_audit(self, query: Query, target: Path, progress: Any = None) -> int:
        return 0

    def _page(self, items: list[Any], query: Query) -> Page[Any]:
        if self.world.fails is not None:
            raise self.world.fails
        start = int(query.get("cursor") or 0)
        end = start + int(query.get("limit", "100"))
        return Page[Any](items=items[start:end], next=str(end) if end < len(items) else None, total=len(items))
