"""What should be, kept outside the server: who may do what, what was asked and what the phones really approved.

It is the oracle of `tests.gates.machine`: nothing here is read back from the server but ids, codes and ends.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desktop.demo.phone import Shown, SoftwarePhone
from tests.living import TestConsole

IDLE, ABSOLUTE, REDEEM_FOR, TOUCH_AFTER, COUNTED_FOR = 3600, 43_200, 300, 5, 3600  # seconds
RECOVERED_FOR, GUESSES = 900, ((300, 5), (3600, 20), (86_400, 50))
OPEN_ACTIONS, WRONG_CODES, WRONG_CODES_IN_ALL = 5, 3, 10


@dataclass
class Account:
    """An administrator as it should be."""

    name: str
    id: str
    password: str
    phone: SoftwarePhone
    role: str
    companies: list[str] | None
    permissions: frozenset[str]
    enabled: bool = True
    codes: list[str] = field(default_factory=list)
    """Recovery codes that were not used."""
    guesses: list[tuple[float, int | None]] = field(default_factory=list)
    """Wrong recovery codes: when, and at which console; null where it is not known."""

    @property
    def rights(self) -> tuple[Any, ...]:
        """Return what a request on this account is frozen with."""
        return self.role, self.companies, self.permissions, self.enabled

    def may(self, permission: str | None) -> bool:
        """Whether it holds a permission."""
        return permission is None or self.role == "provider" or permission in self.permissions

    def sees(self, company: str | None) -> bool:
        """Whether something of a company lies in its companies."""
        return self.role == "provider" or self.companies is None or company in self.companies

    def oversees(self, other: "Account") -> bool:
        """Whether another account's companies lie in its own."""
        if self.role == "provider" or self.companies is None:
            return True
        return other.role != "provider" and other.companies is not None and set(other.companies) <= set(self.companies)

    def covers(self, role: str, companies: list[str] | None, permissions: frozenset[str]) -> bool:
        """Whether it holds all of that."""
        if self.role == "provider":
            return True
        within = self.companies is None or (companies is not None and set(companies) <= set(self.companies))
        return role != "provider" and within and permissions <= self.permissions


@dataclass
class Desk:
    """A session at a console."""

    account: Account
    console: TestConsole
    place: int
    """Which console it is: those of one place share the secret by which it is known."""
    began: float
    used: float
    ended: bool = False
    recovered: float | None = None
    """When a recovery code opened it, which may still confirm a change of the phone."""


@dataclass
class Asked:
    """A request as it should be."""

    id: str
    action: str
    account: Account
    code: str
    qr: str
    shown: Shown
    created_at: float
    expires_at: float
    phone: SoftwarePhone
    """Whom it is addressed to."""
    desk: Desk | None
    """The session that asked; null for a sign-in."""
    place: int | None
    """The console that asked; null where it is not known."""
    wanted: bool
    """Whether the owner asked; what a thief asked no phone ever approves."""
    permission: str | None = None
    same: Callable[[], bool] = lambda: True
    """Whether the target is what it was."""
    happen: Callable[[], None] = lambda: None
    """What its execution changes."""
    status: str = "pending"
    wait_token: str = ""
    redeemed: bool = False
    wrong: int = 0
    """Wrong codes on the phone."""
    guessed: int = 0
    """Wrong recovery codes."""
    events: list[str] = field(default_factory=lambda: ["created"])
    call: tuple[str, dict[str, Any], str] = ("", {}, "")
    """How it was asked for: the action, the body, the Idempotency-Key."""

    def status_at(self, now: float) -> str:
        """Return the status as it is at `now`."""
        return "expired" if self.status == "pending" and self.expires_at <= now else self.status

    def end(self, status: str) -> None:
        """Leave pending."""
        assert self.status == "pending"
        self.status = status
        self.events.append(status)


@dataclass
class Model:
    """Everything that should be."""

    now: float
    accounts: dict[str, Account]
    users: dict[str, tuple[str, str | None]]
    """By id: name and company."""
    lifetime: int = 120
    """How long a request waits, in seconds."""
    made: dict[str, tuple[str, list[str] | None, list[str]]] = field(default_factory=dict)
    """Administrators that were created, by user name: role, companies, permissions."""
    known: dict[int, tuple[Account, str]] = field(default_factory=dict)
    """Consoles that are known, by their place: whose, and by which secret."""
    desks: list[Desk] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def lives(self, desk: Desk) -> bool:
        """Whether a session goes on."""
        if desk.ended or not desk.account.enabled or desk.began + ABSOLUTE <= self.now:
            return False
        waits = any(each.desk is desk and each.status_at(self.now) == "pending" for each in self.asked)
        return desk.used + IDLE > self.now or waits

    def use(self, desk: Desk) -> bool:
        """Count a call as use; whether the session goes on."""
        if not self.lives(desk):
            return False
        if desk.used + TOUCH_AFTER <= self.now:
            desk.used = self.now
        return True

    def open(self, account: Account) -> int:
        """Count the open actions of an account."""
        waiting = [each for each in self.asked if each.account is account and each.action != "sign_in"]
        return sum(each.status_at(self.now) == "pending" for each in waiting)

    def leave(self, asked: Asked, status: str) -> bool:
        """Move a request that waits to `status`, or to expired where its time is over; whether it went there."""
        if asked.status != "pending":
            return False
        overdue = asked.status_at(self.now) == "expired"
        asked.end("expired" if overdue else status)
        return not overdue

    def end_desk(self, desk: Desk) -> None:
        """End a session, and what it asked for."""
        if desk.ended:
            return
        desk.ended = True
        for asked in self.asked:
            if asked.desk is desk:
                self.leave(asked, "cancelled")

    def end_place(self, account: Account, place: int) -> None:
        """End all that a console has: sessions, sign-ins, and that it is known."""
        for desk in self.desks:
            if desk.account is account and desk.place == place:
                self.end_desk(desk)
        self.end_sign_ins(account, place)
        self.known.pop(place, None)

    def end_sign_ins(self, account: Account, place: int | None) -> None:
        """End the sign-ins of one console of an account, those that were approved too; null: of all."""
        for asked in self.asked:
            if asked.action == "sign_in" and asked.account is account and place in (None, asked.place):
                self.leave(asked, "cancelled")
                asked.redeemed = True

    def disable(self, account: Account) -> None:
        """Disable an account: nothing of it goes on."""
        account.enabled = False
        for asked in self.asked:
            if asked.account is account:
                self.leave(asked, "void")
        for desk in self.desks:
            if desk.account is account:
                self.end_desk(desk)
        self.end_sign_ins(account, None)
        self.known = {place: known for place, known in self.known.items() if known[0] is not account}

    def change_phone(self, desk: Desk, new: SoftwarePhone) -> None:
        """Put a phone in the place of the one before; but for the session that asked nothing goes on."""
        account = desk.account
        for asked in self.asked:
            if asked.account is account:
                self.leave(asked, "void")
        self.end_others(desk)
        account.phone = new

    def end_others(self, desk: Desk) -> None:
        """End all of an account's sessions, sign-ins and consoles but those of one session."""
        account = desk.account
        for other in self.desks:
            if other.account is account and other is not desk:
                self.end_desk(other)
        self.end_sign_ins(account, None)
        self.known = {
            place: known for place, known in self.known.items() if known[0] is not account or place == desk.place
        }

    def guessed_out(self, account: Account, place: int | None) -> bool:
        """Whether too many recovery codes were wrong at a console, or at all that are not known."""
        return any(
            sum(at > self.now - window and where == place for at, where in account.guesses) >= most
            for window, most in GUESSES
        )

    def wrong_codes(self, account: Account) -> int:
        """Count the wrong codes of the requests of the last hour."""
        recent = [each for each in self.asked if each.created_at > self.now - COUNTED_FOR]
        return sum(each.wrong for each in recent if each.account is account)

    def set_rights(self, account: Account, companies: list[str] | None, permissions: frozenset[str]) -> None:
        """Change what an account holds; what it asked for and may not any more is void."""
        account.companies, account.permissions = companies, permissions
        for asked in self.asked:
            if asked.account is account and not account.may(asked.permission):
                self.leave(asked, "void")


def moment(told: str) -> float:
    """Return a time of the API in seconds."""
    return datetime.fromisoformat(told).timestamp()
