"""Changing the security policy."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator
from sqlalchemy import func, select
from typing_extensions import override

from server import protocol
from server.actions.actor import Actor
from server.actions.registry import REGISTER, Execution, ProtectedAction
from server.contract.enrolment import EnrolmentStatus
from server.contract.message import Time
from server.contract.notice import NoticeKind
from server.contract.permission import Permission
from server.contract.policy import Policy
from server.contract.problem import Problem
from server.contract.request import Kind
from server.contract.topic import Topic
from server.store import policy
from server.store.endings import end_enrolment
from server.store.notices import providers, tell
from server.store.tables import Administrator, Enrolment
from server.store.work import Work

CALENDAR = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""What consoles can show as a local time, whatever their zone."""


def may_be_without_code() -> list[str]:
    """Return the actions that policy may free from the code (protocol, section 3)."""
    return sorted(
        each.name for each in REGISTER.values() if each.offered and protocol.code_allowed(0, each.kind, each.name)
    )


def may_be_by_totp() -> list[str]:
    """Return the actions that policy may let an authenticator app confirm: others' things, but for side doors."""
    return [each for each in may_be_without_code() if REGISTER[each].kind is Kind.MANAGEMENT]


def _by_totp(names: list[str]) -> list[str]:
    if any(each not in may_be_by_totp() for each in names):
        message = "names an action that always needs the phone, or none"
        raise ValueError(message)
    return sorted(set(names))


def _without_code(names: list[str]) -> list[str]:
    if any(each not in may_be_without_code() for each in names):
        message = "names an action that always needs its code, or none"
        raise ValueError(message)
    return sorted(set(names))


def _in_calendar(moment: datetime) -> datetime:
    if not CALENDAR[0] <= moment < CALENDAR[1]:
        message = "name a time from 2000 to 2099"
        raise ValueError(message)
    return moment


class ChangePolicy(ProtectedAction):
    """Changes what the organisation asks of its administrators; what is left out stays as it is."""

    name = "policy.change"
    title = "Change the security policy"
    kind = Kind.MANAGEMENT
    permission = Permission.POLICY_EDIT
    summary = "Change the security policy"

    request_lifetime: Annotated[StrictInt, Field(ge=30, le=600)] = 120
    without_code: Annotated[list[str], Field(max_length=100), AfterValidator(_without_code)] = Field(
        default_factory=list
    )
    reason_required: StrictBool = False
    qr_alone: StrictBool = False
    two_factor_from: Annotated[Time, AfterValidator(_in_calendar)] | None = None
    by_totp: Annotated[list[str], Field(max_length=100), AfterValidator(_by_totp)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            message = "name at least one member to change"
            raise ValueError(message)
        return self

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        if by.rights.companies is not None:
            raise Problem(403, "forbidden", "The policy is for all companies", "Ask somebody who sees all of them.")
        if self._given().get("two_factor_from") is not None and by.account.method is None:
            raise Problem(
                409,
                "not_enabled",
                "Your own account has no two-factor authentication",
                "Turn it on first: this would leave you nothing else to do.",
            )
        if not self._changes(policy.current(work)):
            raise Problem(409, "unchanged", "The policy is like this already", "Read it again.")
        return [{"type": "policy", "id": "policy", "name": "Security policy"}]

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return policy.current(work).model_dump(mode="json")

    @override
    def parameters(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        before = policy.current(work)
        changes = self._changes(before)
        told = []
        if (seconds := changes.get("request_lifetime")) is not None:
            told.append(f"A request waits {seconds} seconds for the phone, instead of {before.request_lifetime}.")
        if (names := changes.get("without_code")) is not None:
            told += _codes(names, before.without_code)
        if (needed := changes.get("reason_required")) is not None:
            told.append(
                "Whoever asks for a management action must say why, which nobody has to now."
                if needed
                else "Nobody has to say any more why a management action is asked for."
            )
        if (alone := changes.get("qr_alone")) is not None:
            told.append(
                "A QR code alone sets up a phone: it no longer asks for user name and password."
                if alone
                else "Setting up a phone asks for user name and password again; QR codes that are open end."
            )
        if "two_factor_from" in changes:
            told.append(_forced(work, changes["two_factor_from"], before.two_factor_from))
        if (names := changes.get("by_totp")) is not None:
            told += _weaker(names, before.by_totp)
        return " ".join(told)

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        changes = self._changes(policy.current(work))
        policy.change(work, changes)
        if changes.get("qr_alone") is False:
            _end_codes(work, execution.now)
        for provider in providers(work):
            others, by = provider.id != execution.by.id, execution.by.username
            tell(
                work,
                provider.id,
                NoticeKind.POLICY_CHANGED,
                execution.now,
                username=by,
                source=execution.source,
                push=others,
            )
        work.publish(Topic.POLICY)
        return None

    def _given(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}

    def _changes(self, before: Policy) -> dict[str, Any]:
        """Return what was given and is not so already."""
        return {name: value for name, value in self._given().items() if value != getattr(before, name)}


def _codes(names: list[str], before: list[str]) -> list[str]:
    """Say which actions lose their code, and which get it back."""
    told = []
    if fewer := [each for each in names if each not in before]:
        told.append(f"No code is typed any more for {_titles(fewer)}: the phone is unlocked, and that is all.")
    if more := [each for each in before if each not in names]:
        told.append(f"The code is asked for again for {_titles(more)}.")
    return told


def _weaker(names: list[str], before: list[str]) -> list[str]:
    """Say which actions a code of an authenticator app confirms from now on, and which need the phone again."""
    told = []
    if more := [each for each in names if each not in before]:
        told.append(
            f"A code of an authenticator app, which nobody shows what it is for, confirms {_titles(more)} for accounts "
            "that have no phone app."
        )
    if fewer := [each for each in before if each not in names]:
        told.append(f"The phone app is needed again for {_titles(fewer)}.")
    return told


def _titles(names: list[str]) -> str:
    return ", ".join(f"“{REGISTER[each].title if each in REGISTER else each}”" for each in names)


def _forced(work: Work, moment: datetime | None, before: datetime | None) -> str:
    """Say from when two-factor authentication is forced, and for how many it is not on yet."""
    until_now = "instead of never" if before is None else f"instead of from {_written(before)}"
    if moment is None:
        return f"Accounts without two-factor authentication are never stopped, {until_now}."
    without = select(func.count()).where(Administrator.method.is_(None), Administrator.deleted_at.is_(None))
    count = work.session.scalar(without) or 0
    accounts = "1 account has" if count == 1 else f"{count} accounts have"
    return (
        f"From {_written(moment)}, {until_now}, an account without two-factor authentication can do nothing but turn "
        f"it on. {accounts} none now."
    )


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _end_codes(work: Work, now: datetime) -> None:
    """End the QR codes that are enough by themselves."""
    open_codes = select(Enrolment).where(
        Enrolment.status == EnrolmentStatus.PENDING, Enrolment.asks_password.is_(False)
    )
    for enrolment in work.session.scalars(open_codes).all():
        end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)
