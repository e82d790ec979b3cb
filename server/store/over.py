"""Which requests have left *pending*, in the memory of the one server process: no row written by others revives one."""

from datetime import datetime


class Over:
    """Remembers each until it would have expired; the writer alone uses it."""

    def __init__(self) -> None:
        """Start with none: what left before this process started is not known."""
        self._until: dict[str, datetime] = {}

    def __contains__(self, request: str) -> bool:
        """Whether it has left."""
        return request in self._until

    def add(self, request: str, expires_at: datetime, now: datetime) -> None:
        """Remember one whose leaving is committed, and forget the oldest whose time is over."""
        self._until[request] = expires_at
        while self._until and next(iter(self._until.values())) <= now:
            del self._until[next(iter(self._until))]
