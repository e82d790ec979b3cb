"""What every handler works with: built once by `server.main`, found at the application's state."""

import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from server.config import Config
from server.contract.health import HealthWarning
from server.deleting import Deletions
from server.hashing import Passwords
from server.keys import ServerKeys
from server.measuring import Measurements
from server.push import Reachability
from server.reach import Reach
from server.storage.storage import Storage
from server.store.store import Store
from server.store.trouble import Unavailable
from server.web.hub import Hub
from server.web.seldom import Seldom
from server.web.trying import Trials


@dataclass
class Context:
    """The parts of a running server."""

    config: Config
    keys: ServerKeys
    store: Store
    passwords: Passwords
    hub: Hub
    clock: Callable[[], datetime]
    reach: Reach
    storage: Storage
    measurements: Measurements
    deletions: Deletions
    setup_token: str | None = field(default_factory=lambda: secrets.token_urlsafe(32))
    warnings: set[HealthWarning] = field(default_factory=set)
    unlisted_proxy_at: datetime | None = None
    """When somebody who is no proxy of ours last said for whom he calls."""
    moved: set[tuple[str, str]] = field(default_factory=set)
    """Sessions, each with the address from which it is known to be used besides that of its sign-in."""
    silent_proxy_at: datetime | None = None
    """When our proxy last did not say it."""
    refused: Seldom = field(default_factory=Seldom)
    push: Reachability = field(default_factory=Reachability)
    trials: Trials = field(default_factory=Trials)

    async def note(self, service: Callable[..., object], *args: Any) -> bool:  # noqa: ANN401 - as the service takes
        """Write what is only good to know, and tell whether it is: while nothing can be written, reading goes on."""
        if self.store.trouble is None:
            with contextlib.suppress(Unavailable):
                await self.store.write(service, *args)
                return True
        return False


def context_of(connection: HTTPConnection) -> Context:
    """Return the context of the application that answers."""
    context: Context = connection.app.state.context
    return context


async def _context(connection: HTTPConnection) -> Context:
    return context_of(connection)


Server = Annotated[Context, Depends(_context)]  # asynchronous, since FastAPI runs others in threads of their own
