"""What the console's first page shows: what needs attention, the first steps, and how the last days went."""

from datetime import date

from server.contract.message import Answer


class Day(Answer):
    """How many requests of one day (UTC) were approved, rejected, or ended otherwise without an answer."""

    day: date
    approved: int
    rejected: int
    expired: int


class Overview(Answer):
    """Counts of what the caller may see; null where he may not.

    `without_two_factor` counts enabled administrators, `phones_away` those phones not seen for a week, `invited` open
    invitations. `days` are the last fourteen, oldest first.
    """

    users: int
    companies: int
    administrators: int | None
    without_two_factor: int | None
    phones_away: int | None
    invited: int | None
    days: list[Day]
