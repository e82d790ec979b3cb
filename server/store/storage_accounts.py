"""Storage accounts as rows: their secrets sealed together with what they are for, their places, and their end."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import delete, select

from server import protocol
from server.contract.problem import Problem
from server.contract.storage import StorageKind
from server.contract.user import UserStatus
from server.domain.storage import divided, lies_in, overlap
from server.store.storage_tables import Destination, DestinationCompany, StorageAccount, Usage
from server.store.tables import User
from server.store.work import Work

MOST_NAMED = 10


def unknown() -> Problem:
    """Return the refusal of an account that is not there, or not for the caller."""
    return Problem(
        404, "storage_account_not_found", "This storage account does not exist", "It may have been deleted meanwhile."
    )


def keep(work: Work, row: StorageAccount, settings: Mapping[str, str]) -> None:
    """Set all settings of an account, secrets sealed.

    What may be seen is sealed along with them: whoever can write into the database cannot have the secrets sent to
    another address.
    """
    row.settings, secret = divided(StorageKind(row.kind), settings)
    sealed = protocol.canonical({"kind": row.kind, "settings": row.settings, "secrets": secret})
    row.credentials = work.keys.seal(sealed, place(row))


def opened(work: Work, row: StorageAccount) -> dict[str, str]:
    """Return all settings, secrets too; raises 409 where they are not those that were sealed."""
    try:
        found = protocol.loads(work.keys.unseal(row.credentials or b"", place(row)))
    except protocol.Malformed:
        found = {}
    if found.get("kind") != row.kind or found.get("settings") != row.settings:
        raise Problem(
            409,
            "credentials_do_not_open",
            "The credentials of this account do not open",
            "Its row in the database was changed, or belongs to another key file. Change its credentials.",
        )
    return {**row.settings, **found["secrets"]}


def place(row: StorageAccount) -> str:
    """Name where its secrets are kept."""
    return f"storage_accounts/{row.id}/credentials"


def require_folder(work: Work, kind: StorageKind, settings: Mapping[str, str], field: str = "settings.path") -> None:
    """Raise 422 for a local folder that is not under one that the configuration names, or would hold our own data."""
    if kind is not StorageKind.LOCAL:
        return
    path, data = Path(settings["path"]), work.config.data
    under = any(path.is_relative_to(folder) for folder in work.config.storage_folders)
    if not under or path.is_relative_to(data) or data.is_relative_to(path):
        why = "lies under none of the folders that this server’s configuration allows (storage_folders)"
        raise Problem(422, "invalid", "Something in this does not fit", f"{field}: {why}", fields={field: why})


def destinations(work: Work, account: str) -> Sequence[Destination]:
    """Return the destinations of an account, in the order in which they were made."""
    of = select(Destination).where(Destination.storage_account_id == account)
    return work.session.scalars(of.order_by(Destination.created_at, Destination.id)).all()


def require_apart(
    work: Work, kind: StorageKind, settings: Mapping[str, str], places: Iterable[str], but: str | None = None
) -> None:
    """Raise 409 where a place is, or lies in, or holds one that is used already; `but` is an account not looked at."""
    used = select(StorageAccount, Destination).join(Destination, Destination.storage_account_id == StorageAccount.id)
    found = work.session.execute(used if but is None else used.where(StorageAccount.id != but)).all()
    mine = [lies_in(kind, settings, place) for place in places]
    for account, destination in found:
        other = lies_in(StorageKind(account.kind), account.settings, destination.place)
        if any(overlap(each, other) for each in mine):
            raise Problem(
                409,
                "place_taken",
                "Another destination uses this place, one above it or one below it",
                f"It is “{destination.name}” of “{account.name}”. Choose a place of its own.",
                destination=destination.id,
            )


def require_unused(work: Work, places: Sequence[Destination]) -> None:
    """Raise 409 while users, held ones too, have their data in one of these, naming up to ten."""
    of = select(User.username).where(User.destination_id.in_([each.id for each in places]))
    of = of.order_by(User.username_key).limit(MOST_NAMED + 1)
    held = _named(work.session.scalars(of.where(User.status == UserStatus.HELD)).all())
    others = _named(work.session.scalars(of.where(User.status != UserStatus.HELD)).all())
    told = [f"Give them another destination: {others}."] if others else []
    if held:
        told.append(f"Being deleted, which has to end first or to be called off: {held}.")
    if told:
        raise Problem(409, "storage_in_use", "Users have their data here", " ".join(told))


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" and others" if len(names) > MOST_NAMED else "")


def forget(work: Work, account: StorageAccount) -> None:
    """Delete an account with all that is known of it here; at the service nothing is touched."""
    for destination in destinations(work, account.id):
        forget_destination(work, destination)
    work.session.execute(delete(Usage).where(Usage.storage_account_id == account.id))
    work.session.delete(account)


def forget_destination(work: Work, destination: Destination) -> None:
    """Delete a destination here; at the service nothing is touched."""
    work.session.execute(delete(DestinationCompany).where(DestinationCompany.destination_id == destination.id))
    work.session.delete(destination)
    work.session.flush()


def digest_of(row: StorageAccount) -> str:
    """Return what tells whether settings or secrets of an account were changed since."""
    seen = json.dumps([row.kind, row.settings], sort_keys=True).encode()
    return protocol.b64u(protocol.sha(seen + (row.credentials or b"")))


def is_as(work: Work, account: str, digest: str) -> bool:
    """Whether an account is there still, with the settings and secrets that it had."""
    row = work.session.get(StorageAccount, account)
    return row is not None and digest_of(row) == digest
