"""First run: the organisation and its first provider."""

from datetime import datetime

from sqlalchemy import select

from server.contract.administrator import Created, SetUp, SetUpDone
from server.contract.permission import Role
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.domain.audit import Event
from server.store.audit_log import Source, record
from server.store.ids import new_id
from server.store.names import keep_name
from server.store.tables import Administrator, Organisation
from server.store.work import Work


def gone() -> Problem:
    """Return the refusal."""
    return Problem(404, "not_found", "There is nothing here", "Set-up is done; sign in.")


def is_set_up(work: Work) -> bool:
    """Whether there is an organisation."""
    return work.session.get(Organisation, 1) is not None


def key_of(work: Work) -> str | None:
    """Return the fingerprint of the key file that belongs to this database."""
    return work.session.scalar(select(Organisation.server_key))


def set_up(work: Work, call: SetUp, password_hash: str, ip: str, now: datetime) -> SetUpDone:
    """Make the organisation and the account; 404 where it was done before."""
    if is_set_up(work):
        raise gone()
    work.session.add(Organisation(id=1, name=call.organisation, server_key=work.keys.fingerprint, created_at=now))
    account = Administrator(
        id=new_id("adm"),
        username=call.username,
        username_key=call.username.lower(),
        name=call.name or call.username,
        email=call.email,
        role=Role.PROVIDER,
        companies=None,
        permissions=[],
        password_hash=password_hash,
        created_at=now,
    )
    work.session.add(account)
    keep_name(work, account)
    subject = [{"type": "administrator", "id": account.id, "name": account.username}]
    source = Source(ip=ip)
    record(work, Event.ORGANISATION_CREATED, now, source=source, parameters={"name": call.organisation})
    record(work, Event.ADMINISTRATOR_CREATED, now, username=account.username, source=source, target=subject)
    work.publish(Topic.ALL)
    return SetUpDone(administrator=Created(id=account.id, username=account.username))


def organisation(work: Work) -> str:
    """Return the organisation's name; nothing before there is one."""
    found = work.session.get(Organisation, 1)
    return found.name if found else ""
