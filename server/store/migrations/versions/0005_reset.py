"""When the two-factor authentication of an account was reset, so that it can do nothing but have it again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add it."""
    op.add_column("administrators", sa.Column("reset_at", sa.BigInteger(), nullable=True))
