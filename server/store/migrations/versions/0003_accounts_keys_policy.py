"""Accounts that are disabled or deleted, API keys, and the security policy."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add them; a repeated call is known by who made it, an account or an API key."""
    for name in ("disabled_at", "deleted_at"):
        op.add_column("administrators", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("administrator_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("companies", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["administrator_id"], ["administrators.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_api_keys_administrator_id", "api_keys", ["administrator_id"])
    asked_by = sa.Column("api_key_id", sa.String(), sa.ForeignKey("api_keys.id"), nullable=True)
    op.add_column("requests", asked_by, inline_references=True)
    op.create_index("ix_requests_api_key_id", "requests", ["api_key_id"])
    op.add_column("requests", sa.Column("kept", sa.LargeBinary(), nullable=True))
    op.create_table(
        "policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_lifetime", sa.Integer(), nullable=True),
        sa.Column("without_code", sa.JSON(), nullable=False),
        sa.Column("reason_required", sa.Boolean(), nullable=False),
        sa.Column("qr_alone", sa.Boolean(), nullable=False),
        sa.Column("two_factor_from", sa.BigInteger(), nullable=True),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute("INSERT INTO policy (id, without_code, reason_required, qr_alone) VALUES (1, '[]', FALSE, FALSE)")
    op.add_column("enrolments", sa.Column("asks_password", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("audit", sa.Column("company", sa.String(), nullable=True))
    op.create_index("audit_by_company", "audit", ["company", "number"])
    op.add_column("requests", sa.Column("company", sa.String(), nullable=True))
    op.add_column("requests", sa.Column("words", sa.Text(), nullable=False, server_default=""))
    op.create_index("requests_by_time", "requests", ["created_at"])
    wrong = sa.text("attempts > 0")
    by = ["administrator_id", "created_at"]
    op.create_index("requests_with_wrong_codes", "requests", by, sqlite_where=wrong, postgresql_where=wrong)
    _word_requests(op.get_bind())
    op.rename_table("idempotency_keys", "idempotency_keys_before")
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key"),
    )
    names = "key, body_hash, request_id, result, created_at"
    op.execute(
        f"INSERT INTO idempotency_keys (caller, {names}) SELECT administrator_id, {names} FROM idempotency_keys_before"  # noqa: S608 - names of ours
    )
    op.drop_table("idempotency_keys_before")


def _word_requests(connection: sa.Connection) -> None:
    """Write by what the requests that there are will be found."""
    requests = sa.table("requests", sa.column("number"), sa.column("details"), sa.column("words"))
    for number, details in connection.execute(sa.select(requests.c.number, requests.c.details)).all():
        told = json.loads(details)
        words = "\n".join([told["username"], told["summary"], *(each["name"] for each in told["target"])]).casefold()
        connection.execute(requests.update().where(requests.c.number == number).values(words=words))
