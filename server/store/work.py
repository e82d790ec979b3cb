"""The open transaction, and what it will publish once it is committed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, update

from server import clock
from server.config import Config
from server.contract.topic import Topic
from server.keys import ServerKeys
from server.store import tables
from server.store.ledger import Ledger
from server.store.over import Over
from server.store.session import Session

_COUNTER, _EVENTS = tables.Table.metadata.tables["live_number"], tables.Table.metadata.tables["live_events"]
_COUNT = update(_COUNTER).values(number=_COUNTER.c.number + bindparam("more")).returning(_COUNTER.c.number)
_PUBLISH = insert(_EVENTS)


@dataclass(frozen=True)
class Published:
    """A live event with its number; `owner` null means that everybody may read the subject."""

    number: int
    topics: list[str]
    subject: str | None
    owner: str | None


@dataclass
class Work:
    """The open transaction; raising out of a service rolls it back, publishing and all."""

    session: Session
    keys: ServerKeys
    config: Config
    ledger: Ledger
    over: Over
    origin: str
    committed: list[Callable[[], None]] = field(default_factory=list)
    """What the writer does once all of this is committed, or may be, and not where it is rolled back."""
    _published: list[tuple[list[Topic], str | None, str | None]] = field(default_factory=list)
    _kept: list[dict[str, str]] = field(default_factory=list)
    _marked: bool | None = None

    @property
    def connection(self) -> Connection:
        """Return what runs statements that were built once; what the session changed is written before them."""
        return self.session.written()

    def publish(self, *topics: Topic, subject: str | None = None, owner: str | None = None) -> None:
        """Tell the consoles after the commit that these topics changed."""
        entry = (list(topics), subject, owner)
        if entry not in self._published:
            self._published.append(entry)

    def keep_ended(self, what: str, subject: str, at: datetime | None = None) -> None:
        """Write into the ledger, before the commit, what an old backup must not bring back; `at` is by default now."""
        entry = {"what": what, "subject": subject, "state": "ended"}
        self._kept.append(entry if at is None else {**entry, "at": at.isoformat()})

    def keep_begun(self, what: str, subject: str) -> None:
        """Write into the ledger that what had ended has begun again."""
        self._kept.append({"what": what, "subject": subject, "state": "again"})

    @property
    def marked(self) -> bool:
        """Whether some account of the organisation has two-factor authentication, so that others need a grant."""
        return self.ledger.marked if self._marked is None else self._marked

    def mark(self, *, on: bool) -> None:
        """Set or remove that mark."""
        if self.marked != on:
            self._marked = on
            self._kept.append({"what": "mark", "state": "set" if on else "removed"})

    def close(self) -> tuple[list[Published], list[dict[str, str]]]:
        """Number the live events, as the last statements; return them and what belongs into the ledger."""
        self.session.flush()
        now = clock.now()
        kept = [{"at": now.isoformat(), **entry} for entry in self._kept]
        if not self._published:
            return [], kept
        count = len(self._published)
        first = self.connection.execute(_COUNT, {"more": count}).scalar_one() - count + 1
        published = [
            Published(first + place, [str(topic) for topic in topics], subject, owner)
            for place, (topics, subject, owner) in enumerate(self._published)
        ]
        self.connection.execute(_PUBLISH, [{**vars(each), "at": now} for each in published])
        return published, kept
