"""The table of deletions that destroy data: what is to be deleted, when, and what became of it."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables import Table


class Deletion(Table):
    """A user's data that is held, being deleted, or was: where it lies is kept as it was asked for.

    `settings_digest` tells whether the storage account still leads there; `bytes` and `objects` are what was expected,
    and once it runs what was found; `left` of one that runs is 0 once nothing is left, not even its folder. `proof`
    shows that the server wrote this, and nobody who has the database alone.
    """

    __tablename__ = "deletions"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str] = mapped_column(index=True)
    username: Mapped[str]
    company_id: Mapped[str | None] = mapped_column(index=True)
    mode: Mapped[str]
    request_id: Mapped[str | None]
    asked_by: Mapped[str]
    storage_account_id: Mapped[str | None] = mapped_column(index=True)
    storage_account_name: Mapped[str | None]
    destination_id: Mapped[str | None]
    place: Mapped[str | None]
    folder: Mapped[str | None]
    settings_digest: Mapped[str | None]
    proof: Mapped[bytes]
    status: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    late: Mapped[bool]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    objects: Mapped[int | None] = mapped_column(BigInteger)
    measured_at: Mapped[datetime | None]
    counted: Mapped[bool]
    deleted: Mapped[int] = mapped_column(BigInteger)
    deleted_bytes: Mapped[int] = mapped_column(BigInteger)
    failed: Mapped[int] = mapped_column(BigInteger)
    left: Mapped[int | None] = mapped_column(BigInteger)
    failures: Mapped[list[str]] = mapped_column(JSON)
    trouble: Mapped[str | None]
    why: Mapped[str | None]

    __table_args__ = (
        Index("deletions_by_status", "status", "due_at"),
        Index(
            "one_deletion_at_a_time",
            "user_id",
            unique=True,
            sqlite_where=text("status IN ('held', 'running')"),
            postgresql_where=text("status IN ('held', 'running')"),
        ),
    )
