"""When, and by whom, what a user's deletion is signed for was last changed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add them."""
    op.add_column("users", sa.Column("changed_at", sa.BigInteger(), nullable=True))
    op.add_column("users", sa.Column("changed_by", sa.String(), nullable=True))
