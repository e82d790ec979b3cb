"""For which key the secrets of a request's result are sealed, where whoever asked gave one."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add it."""
    op.add_column("requests", sa.Column("result_key", sa.LargeBinary(), nullable=True))
