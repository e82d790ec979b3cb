"""The tables of storage accounts: their destinations, who may use them, and what lay there."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables import Table


class StorageAccount(Table):
    """`settings` is what may be seen; `credentials` is sealed for this row, null where the kind needs none."""

    __tablename__ = "storage_accounts"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    settings: Mapped[dict[str, str]] = mapped_column(JSON)
    credentials: Mapped[bytes | None]
    created_at: Mapped[datetime]


class Destination(Table):
    """A place of a storage account; `bytes` and `objects` are those of the last measurement that succeeded."""

    __tablename__ = "destinations"
    __table_args__ = (UniqueConstraint("storage_account_id", "place"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    storage_account_id: Mapped[str] = mapped_column(ForeignKey("storage_accounts.id"), index=True)
    name: Mapped[str]
    place: Mapped[str]
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    objects: Mapped[int | None] = mapped_column(BigInteger)
    measured_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    tried_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class DestinationCompany(Table):
    """A company that may use a destination."""

    __tablename__ = "destination_companies"

    destination_id: Mapped[str] = mapped_column(ForeignKey("destinations.id"), primary_key=True)
    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), primary_key=True, index=True)


class DestinationUse(Table):
    """A company whose users have, or once had, their data in a place; empty for users of no company.

    It outlives them and the destination: what is kept of a user who is gone lies there still.
    """

    __tablename__ = "destination_uses"

    storage_account_id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    company: Mapped[str] = mapped_column(primary_key=True)


class Usage(Table):
    """What lay in a storage account at a time."""

    __tablename__ = "usages"

    id: Mapped[str] = mapped_column(primary_key=True)
    storage_account_id: Mapped[str] = mapped_column(ForeignKey("storage_accounts.id"), index=True)
    at: Mapped[datetime]
    bytes: Mapped[int] = mapped_column(BigInteger)
    objects: Mapped[int] = mapped_column(BigInteger)
