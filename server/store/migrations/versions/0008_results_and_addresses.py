"""For which key the secrets of a result are sealed, where one was given; from where a session was used last."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add them."""
    op.add_column("sessions", sa.Column("last_ip", sa.String(), nullable=True))
    op.add_column("requests", sa.Column("result_key", sa.LargeBinary(), nullable=True))
