"""Recovery codes, TOTP, and sessions that a recovery code opened."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them."""
    op.add_column("attempts", sa.Column("kind", sa.String(), nullable=False, server_default="password"))
    op.add_column("sessions", sa.Column("recovered", sa.LargeBinary(), nullable=True))
    op.add_column("requests", sa.Column("guesses", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("enrolments", sa.Column("grant_proof", sa.LargeBinary(), nullable=True))
    op.add_column("policy", sa.Column("by_totp", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "totp",
        sa.Column("administrator_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("hinted_step", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["administrator_id"], ["administrators.id"]),
        sa.PrimaryKeyConstraint("administrator_id"),
    )
    op.create_table(
        "totp_setups",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("administrator_id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("grant_hash", sa.LargeBinary(), nullable=True),
        sa.Column("grant_proof", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["administrator_id"], ["administrators.id"]),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"]),
        sa.ForeignKeyConstraint(["grant_hash"], ["grants.token_hash"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_totp_setups_administrator_id", "totp_setups", ["administrator_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("administrator_id", sa.String(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["administrator_id"], ["administrators.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code_hash"),
    )
    op.create_index("ix_recovery_codes_administrator_id", "recovery_codes", ["administrator_id"])
    op.create_table(
        "recovery_sets",
        sa.Column("administrator_id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("codes", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["administrator_id"], ["administrators.id"]),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"]),
        sa.PrimaryKeyConstraint("administrator_id"),
    )
