"""Delivers what is due to be pushed: woken after each commit, a few messages at a time, never in anybody's way.

Each push service has room of its own, so that one that hangs keeps nobody else's messages; requests go before news.
A message is sent at least once: where the server ends between sending and writing so, it is sent again, and replaces
the first one on the phone.
"""

import asyncio
import contextlib
import math
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform

from sqlalchemy.exc import DBAPIError

from server.contract.topic import Topic
from server.log import log
from server.push import Fate, Outcome, Pusher, host_of
from server.services import notices, pushing
from server.services.pushing import Push
from server.store.trouble import Unavailable
from server.web.context import Context

AT_ONCE = 4  # messages to one push service; to one that could not be reached, one
LONGEST_SEND = 15.0  # seconds: a service that answers a byte at a time, or a name that is looked up for ever, ends here
HANGING = 2 * AT_ONCE  # sends to one host that are still not over; then it is not asked again until some are
GATHERS = 0.05  # seconds in which commits are gathered, so that a busy server does not look after each
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between two tries, and the longest between two looks
HOUSEKEEPING = timedelta(hours=1)

_WAKES = {Topic.REQUESTS, Topic.NOTICES, Topic.TWO_FACTOR, Topic.ALL}


@dataclass(frozen=True)
class _Tried:
    """How long a message waits after its last try, in seconds, and until when on the loop's clock."""

    pause: float
    again: float


class Delivery:
    """Lives on the event loop; sends in threads of their own, which no shutdown waits for."""

    def __init__(self, context: Context, pusher: Pusher) -> None:
        """Deliver for a running server."""
        self._context, self._pusher = context, pusher
        self._woken = asyncio.Event()
        self._tried: dict[tuple[str, str, str], _Tried] = {}
        self._open: dict[tuple[str, str, str], asyncio.Task[None]] = {}
        self._busy: Counter[str] = Counter()
        """How many messages are on their way, by host."""
        self._sending: Counter[str] = Counter()
        """How many of our threads a host still holds; given up or not."""
        self._failing: set[str] = set()
        self._cleaned: datetime | None = None

    async def run(self) -> None:
        """Deliver until cancelled."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                self._woken.clear()
                pause = LONGEST_PAUSE
                try:
                    pause = await self._look()
                except (Unavailable, DBAPIError, TimeoutError):
                    pass  # the store has said so, or will
                except Exception:  # noqa: BLE001 - one failed round must not be the last
                    log.exception("looking for what is to be pushed failed")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
                await asyncio.sleep(GATHERS)
        finally:
            for task in (watching, *self._open.values()):
                task.cancel()

    async def _watch(self) -> None:
        """Wake with every commit that may have made something due."""
        while not self._context.hub.closed:
            async with self._context.hub.stream() as stream:
                while (event := await stream.get()) is not None:
                    if _WAKES & set(event.topics):
                        self._woken.set()
            self._woken.set()

    async def _look(self) -> float:
        """Begin to send what is due and not on its way; return in how many seconds to look again."""
        context, loop = self._context, asyncio.get_running_loop()
        now = context.clock()
        await self._clean(now)
        due = await context.store.read(pushing.due, now)
        still = {push.key for push in due} | set(self._open)
        self._tried = {key: tried for key, tried in self._tried.items() if key in still}
        pause = LONGEST_PAUSE
        for push in due:
            if push.key in self._open:
                continue
            tried = self._tried.get(push.key)
            wait = tried.again - loop.time() if tried else 0.0
            if wait > 0:
                pause = min(pause, wait)
                continue
            host = host_of(push.subscription["endpoint"], context.config.push_hosts) or ""
            if self._busy[host] < (1 if host in self._failing else AT_ONCE):
                self._busy[host] += 1
                self._open[push.key] = asyncio.create_task(self._deliver(push, host))
        return pause

    async def _deliver(self, push: Push, host: str) -> None:
        """Send one message, and write what became of it; then there is room for another."""
        handed = self._context.clock()  # the phone may have opened it before the service has said that it took it
        try:
            outcome = await self._sent(push, host)
            failing = outcome.fate in (Fate.UNREACHABLE, Fate.PROXY)
            (self._failing.add if failing else self._failing.discard)(host)
            if not push.last or outcome.fate is Fate.TAKEN:  # what keeps it from others tells nothing of phones in use
                self._context.push.see(outcome, self._context.clock())
            self._put_off(push, outcome)
            await self._context.store.write(pushing.settle, push, outcome.fate, handed, self._context.clock())
            if outcome.fate is Fate.GONE:
                await self._forget_unused()
        except (Unavailable, DBAPIError, TimeoutError):
            log.warning("what became of a push could not be written")
        except Exception:  # noqa: BLE001 - one message must not end the others
            log.exception("pushing failed")
        finally:
            self._open.pop(push.key, None)
            self._busy[host] -= 1
            self._woken.set()

    async def _sent(self, push: Push, host: str) -> Outcome:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        now = self._context.clock()
        if self._sending[host] >= HANGING:
            return Outcome(Fate.UNREACHABLE, host)
        ttl = math.floor((push.until - now).total_seconds())

        def settle(outcome: Outcome) -> None:
            self._sending[host] -= 1
            if not future.done():
                future.set_result(outcome)

        def work() -> None:
            try:
                outcome = self._pusher.send(push.subscription, push.message, push.id, ttl, now)
            except Exception:  # noqa: BLE001 - whatever it is, somebody waits for the outcome
                log.exception("sending a push failed")
                outcome = Outcome(Fate.REFUSED, "")
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, outcome)

        threading.Thread(target=work, name="push", daemon=True).start()
        self._sending[host] += 1
        try:
            async with asyncio.timeout(LONGEST_SEND):
                return await future
        except TimeoutError:
            log.warning("the push service at %s does not come to an end", host)
            return Outcome(Fate.UNREACHABLE, host)

    def _put_off(self, push: Push, outcome: Outcome) -> None:
        """Say when to try again, longer each time; never, where the push service does not want it.

        What was taken is put off too: it is tried again only where that could not be written.
        """
        before = self._tried.get(push.key)
        pause = min(LONGEST_PAUSE, before.pause * 2) if before else FIRST_PAUSE
        wait = pause * uniform(0.8, 1.2)  # noqa: S311 - no secret
        if outcome.fate in (Fate.REFUSED, Fate.GONE):
            wait = math.inf
        after = min(outcome.after, LONGEST_PAUSE)  # a request does not live as long as some services ask us to wait
        self._tried[push.key] = _Tried(pause, asyncio.get_running_loop().time() + max(wait, after))

    async def _clean(self, now: datetime) -> None:
        """Forget what is old."""
        if self._cleaned is not None and now < self._cleaned + HOUSEKEEPING:
            return
        self._cleaned = now
        await self._context.store.write(notices.prune, now)
        await self._forget_unused()

    async def _forget_unused(self) -> None:
        """Forget troubles of push services that no phone uses any more."""
        self._context.push.keep(await self._context.store.read(pushing.hosts))
