"""Push, notices, and phones with a PIN."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what a phone's push and PIN need, when a request was pushed, and the notices."""
    for column in (
        sa.Column("push_problem", sa.String(), nullable=True),
        sa.Column("push_sent_at", sa.BigInteger(), nullable=True),
        sa.Column("push_test", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("unanswered", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("muted_until", sa.BigInteger(), nullable=True),
        sa.Column("show_titles", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("quiet", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("pin_verifier", sa.LargeBinary(), nullable=True),
        sa.Column("pin_token", sa.LargeBinary(), nullable=True),
        sa.Column("pin_share", sa.LargeBinary(), nullable=True),
        sa.Column("wrong_pins", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("all_wrong_pins", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("devices", column)
    op.add_column("requests", sa.Column("pushed_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "notices",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("administrator_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("to_push", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["administrator_id"], ["administrators.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("notices_by_administrator", "notices", ["administrator_id", "number"])
