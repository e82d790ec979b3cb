"""Where users' data lies, how much it may be, and the deletions that destroy it; why a request was rejected."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_UNDER_WAY = "status IN ('held', 'running')"


def upgrade() -> None:
    """Add them."""
    op.add_column("requests", sa.Column("reject_reason", sa.String(), nullable=True))
    op.add_column("companies", sa.Column("storage_limit", sa.BigInteger(), nullable=True))
    op.add_column("users", sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true()))
    lies_in = sa.Column("destination_id", sa.String(), sa.ForeignKey("destinations.id"), nullable=True)
    op.add_column("users", lies_in, inline_references=True)
    for name in ("folder", "folder_key", "deletion_id"):
        op.add_column("users", sa.Column(name, sa.String(), nullable=True))
    for name in ("storage_limit", "bytes", "objects", "measured_at", "held_until"):
        op.add_column("users", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index("users_by_folder", "users", ["destination_id", "folder_key"], unique=True)
    op.create_table("deletions", *_columns(), sa.PrimaryKeyConstraint("number"), sa.UniqueConstraint("id"))
    op.create_index("deletions_by_status", "deletions", ["status", "due_at"])
    op.create_index(
        "one_deletion_at_a_time",
        "deletions",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text(_UNDER_WAY),
        postgresql_where=sa.text(_UNDER_WAY),
    )
    for name in ("user_id", "company_id", "storage_account_id"):
        op.create_index(f"ix_deletions_{name}", "deletions", [name])


def _columns() -> list[sa.Column[object]]:
    texts = "id user_id username company_id? mode request_id? asked_by storage_account_id? storage_account_name?"
    texts += " destination_id? place? folder? settings_digest? status ended_by? trouble? why?"
    numbers = "created_at due_at started_at? ended_at? bytes? objects? measured_at? deleted deleted_bytes failed left?"
    columns: list[sa.Column[object]] = [
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.JSON(), nullable=False),
    ]
    for names, kind in ((texts, sa.String), (numbers, sa.BigInteger)):
        columns += [sa.Column(each.rstrip("?"), kind(), nullable=each.endswith("?")) for each in names.split()]
    return columns
