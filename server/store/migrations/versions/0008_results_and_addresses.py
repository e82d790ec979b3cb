"""For which key the secrets of a result are sealed; from where else a session is used; whose data lies in a place."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add them."""
    op.add_column("sessions", sa.Column("last_ip", sa.String(), nullable=True))
    op.add_column("requests", sa.Column("result_key", sa.LargeBinary(), nullable=True))
    names = ("storage_account_id", "place", "company")
    columns = (sa.Column(name, sa.String(), nullable=False) for name in names)
    op.create_table("destination_uses", *columns, sa.PrimaryKeyConstraint(*names))
    op.execute(
        "INSERT INTO destination_uses SELECT DISTINCT destinations.storage_account_id, destinations.place, "
        "COALESCE(users.company_id, '') FROM users JOIN destinations ON destinations.id = users.destination_id"
    )
