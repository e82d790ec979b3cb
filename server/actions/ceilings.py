"""How far one administrator may go with another: whom he sees, what he may give, and who stays."""

from typing import Any

from sqlalchemy import exists, select

from server.actions.actor import Actor
from server.actions.registry import Execution
from server.contract.permission import Role
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.permissions import Rights
from server.domain.quoting import quoted
from server.store.audit_log import record
from server.store.devices import active_device
from server.store.tables import Administrator, Company
from server.store.work import Work


def above() -> Problem:
    """Return the refusal of what lies above one's ceiling."""
    return Problem(
        403,
        "forbidden",
        "This is more than you hold yourself",
        "Choose a role, companies and permissions within your own.",
    )


def require_companies(work: Work, companies: list[str] | None) -> None:
    """Raise 404 where one of them does not exist."""
    for company in companies or []:
        if work.session.get(Company, company) is None:
            raise Problem(404, "company_not_found", "This company does not exist")


def in_words(work: Work, rights: Rights) -> str:
    """Say what somebody may do, and for which companies."""
    if rights.role is Role.PROVIDER:
        return "provider, who may do everything for all companies"
    if rights.companies is None:
        scope = "all companies"
    else:
        names = sorted(work.session.scalars(select(Company.name).where(Company.id.in_(rights.companies))))
        scope = ", ".join(quoted(name) for name in names) or "no company"
    return f"{', '.join(sorted(rights.permissions)) or 'no permissions'}, for {scope}"


def out_of_sight(by: Actor, rights: Rights) -> str:
    """Say that whoever asks will not see an account with these rights, which is for no company; else nothing."""
    if by.rights.oversees(rights):
        return ""
    return " An account for no company is seen only by those who see all companies, so not by you."


def colleague(work: Work, by: Actor, administrator: str) -> Administrator:
    """Return who is acted on; 404 where he does not lie in one's companies."""
    found = work.session.get(Administrator, administrator)
    if found is None or found.deleted_at is not None or not by.rights.oversees(found.rights):
        raise Problem(404, "administrator_not_found", "This administrator does not exist")
    return found


def another(work: Work, by: Actor, administrator: str) -> Administrator:
    """Return whom one may disable or delete: somebody else, of whom one's rights cover, and not the last provider."""
    account = colleague(work, by, administrator)
    require_other_provider(work, account)
    if account.id == by.id:
        raise own_account(409, "Nobody does this to his own account")
    require_covered(by, account)
    return account


def require_covered(by: Actor, account: Administrator) -> None:
    """Raise 403 where somebody holds more than oneself."""
    if not by.rights.covers(account.rights):
        raise Problem(403, "forbidden", "This administrator may do more than you", "Ask a provider for it.")


def require_other_provider(work: Work, account: Administrator) -> None:
    """Raise 409 where the account is the last provider who can sign in."""
    if account.role != Role.PROVIDER:
        return
    others = select(Administrator.id).where(
        Administrator.role == Role.PROVIDER,
        Administrator.id != account.id,
        Administrator.disabled_at.is_(None),
        Administrator.deleted_at.is_(None),
        Administrator.password_hash.is_not(None),
    )
    if not work.session.scalar(select(exists(others))):
        raise Problem(409, "last_provider", "This is the last provider", "Make another provider first.")


def own_account(status: int, title: str) -> Problem:
    """Return the refusal of what nobody does to himself."""
    return Problem(status, "own_account", title, "Ask another provider for it.")


def target_of(account: Administrator) -> list[dict[str, str]]:
    """Return an account as what is acted on."""
    return [{"type": "administrator", "id": account.id, "name": account.username}]


def state_of(work: Work, administrator: str, *, phone: bool = False) -> Any:  # noqa: ANN401 - any JSON value
    """Return what of an account must be the same when it is acted on, its `phone` too where that is cut off."""
    account = work.session.get(Administrator, administrator)
    if account is None:
        return None
    held = [account.role, account.companies, account.permissions]
    device = active_device(work, administrator) if phone else None
    return [held, account.disabled_at is None, account.password_hash is None, account.method, device and device.id]


def record_on(
    work: Work,
    event: Event,
    execution: Execution,
    account: Administrator,
    **more: Any,  # noqa: ANN401 - JSON values
) -> None:
    """Write the audit event of what was done to an account, and tell the consoles."""
    record(
        work,
        event,
        execution.now,
        username=execution.by.username,
        source=execution.source,
        target=target_of(account),
        **more,
    )
    work.publish(Topic.ADMINISTRATORS, subject=account.id)
