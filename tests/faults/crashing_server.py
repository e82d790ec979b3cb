"""`countersign-server` that kills itself at a named point: `SERVICE:before|between|after` of its commit.

*before* is after the service has run and before anything is written, *between* is after the ledger was flushed and
before the database commits, *after* is after the commit and before anybody is told. The product has no such switch.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from server.cli import main
from server.store.ledger import Ledger
from server.store.store import Store

SERVICE, _, PHASE = os.environ["CRASH_AT"].partition(":")
SKIP = int(os.environ.get("CRASH_SKIP", "0"))  # how often the service may commit first

group: list[str] = []
passed = 0


def name_of(service: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """Return what the service is called, also where it runs for a caller or a phone."""
    inner = args[2] if service.__name__ in {"_as_caller", "as_device"} else service
    return f"{inner.__module__.rpartition('.')[2]}.{inner.__name__}"


def crash(phase: str) -> None:
    """Die here, if this is the point."""
    global passed  # noqa: PLW0603 - one process, one writer
    if phase != PHASE or SERVICE not in group:
        return
    passed += 1
    if passed > SKIP:
        os.kill(os.getpid(), signal.SIGKILL)


write, flush, settle = Store.write, Ledger.flush, Ledger.settle


def noted_write(self: Store, service: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Remember which services are in the group that commits."""
    name = name_of(service, args)

    def noted(work: Any, *given: Any, **more: Any) -> Any:
        result = service(work, *given, **more)
        group.append(name)
        return result

    return write(self, noted, *args, **named)


def flush_or_die(self: Ledger) -> None:
    """The last thing before the commit."""
    crash("before")
    flush(self)
    crash("between")


def settle_or_die(self: Ledger) -> None:
    """The first thing after the commit."""
    crash("after")
    settle(self)
    group.clear()


Store.write = noted_write  # type: ignore[method-assign]
Ledger.flush = flush_or_die  # type: ignore[method-assign]
Ledger.settle = settle_or_die  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.exit(main())
