"""Where a user's data lies: a destination that the company may use, and a folder in it that is nobody else's."""

from typing import Any

from sqlalchemy import or_, select

from server.contract.problem import Problem
from server.domain.folders import above, checked_folder, key_of
from server.services.sessions import Caller
from server.store import tables
from server.store.storage_tables import Destination, DestinationCompany, DestinationUse
from server.store.work import Work


def place(work: Work, caller: Caller, row: tables.User, sent: dict[str, Any]) -> None:
    """Take a destination and a folder as far as they were sent, for the company that the user has by now.

    Raises 404 for a destination that the caller does not see or the company may not use, 403 for a folder chosen where
    others have theirs whom the caller does not see, 422 for one that could mean something else, 409 for one that is,
    holds or lies in somebody else's.
    """
    before = (row.destination_id, row.folder)
    wanted = sent.get("destination", row.destination_id)
    if wanted is None:
        if sent.get("folder") is not None:
            why = "lies in a destination: choose one"
            raise Problem(422, "invalid", "A folder needs a destination", f"folder: {why}", fields={"folder": why})
        row.destination_id = row.folder = row.folder_key = None
    else:
        destination = _usable(work, caller, wanted, row.company_id)
        chosen = sent.get("folder") or (row.folder if destination.id == row.destination_id else None) or row.id
        if (destination.id, chosen) != before and chosen != row.id:
            _require_all_seen(work, caller, destination)
        row.folder = checked_folder(chosen, destination.place)
        row.folder_key = key_of(row.folder)
        row.destination_id = destination.id
        with work.session.no_autoflush:  # or the database would refuse it first, and say less
            _require_apart(work, row)
        _remember(work, destination, row.company_id)
    if (row.destination_id, row.folder) != before:
        row.bytes = row.objects = row.measured_at = None


def _usable(work: Work, caller: Caller, destination: str, company: str | None) -> Destination:
    """Return a destination that users of this company may have; without a company it takes who sees all of them."""
    found = work.session.get(Destination, destination)
    if company is None:
        allowed = caller.rights.companies is None
    else:
        allowed = work.session.get(DestinationCompany, (destination, company)) is not None
    if found is None or not allowed:
        raise Problem(
            404, "destination_not_found", "This destination is not there for the user", "Choose one of the company's."
        )
    return found


def _require_all_seen(work: Work, caller: Caller, destination: Destination) -> None:
    """Raise 403 where others may have data that the caller does not see, in folders that belong to no user any more."""
    scope = caller.rights.companies
    sharing = select(DestinationCompany.company_id).where(DestinationCompany.destination_id == destination.id)
    here = (
        DestinationUse.storage_account_id == destination.storage_account_id,
        DestinationUse.place == destination.place,
    )
    others = {*work.session.scalars(sharing), *work.session.scalars(select(DestinationUse.company).where(*here))}
    if scope is not None and not others <= set(scope):
        why = "is chosen by whoever sees all companies of this destination"
        hint = "Leave it empty, and the user gets one of its own, or ask a provider."
        raise Problem(403, "destination_shared", "Others have their data here too", hint, fields={"folder": why})


def _remember(work: Work, destination: Destination, company: str | None) -> None:
    """Keep whose data lies here, for when it belongs to no user any more."""
    key = (destination.storage_account_id, destination.place, company or "")
    if work.session.get(DestinationUse, key) is None:
        work.session.add(DestinationUse(storage_account_id=key[0], place=key[1], company=key[2]))


def _require_apart(work: Work, row: tables.User) -> None:
    """Raise where the folder is somebody else's, holds it, or lies within it: to empty one would destroy the other."""
    key = row.folder_key or ""
    theirs = tables.User.folder_key
    same = or_(theirs.in_([key, *above(key)]), theirs.startswith(f"{key}/", autoescape=True))
    others = select(tables.User).where(tables.User.destination_id == row.destination_id, tables.User.id != row.id, same)
    if (found := work.session.scalar(others.limit(1))) is not None:
        whose = f"It is, holds or lies in that of {found.username}." if found.company_id == row.company_id else ""
        why = "is not free"
        raise Problem(
            409, "folder_taken", "This folder is not free", whose or "Choose another one.", fields={"folder": why}
        )
