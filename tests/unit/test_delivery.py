"""A push service that does not come to an end holds up nobody else, and takes no threads without end."""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from server import delivery
from server.delivery import HANGING, Delivery
from server.push import Fate, Outcome
from server.services.pushing import Push


def push_to(host: str) -> Push:
    until = datetime.now(UTC) + timedelta(minutes=2)
    return Push("request", "req_1", "dev_1", {"endpoint": f"https://{host}/x"}, b"", until)


def test_one_that_drips_is_given_up_and_not_asked_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "LONGEST_SEND", 0.1)
    ends, asked = threading.Event(), list[str]()

    def send(subscription: dict[str, Any], *_: Any) -> Outcome:
        asked.append(subscription["endpoint"])
        if "drips" in subscription["endpoint"]:
            ends.wait(20)
        return Outcome(Fate.TAKEN, "push.test")

    config = SimpleNamespace(push_hosts=("drips.test", "push.test"))
    context: Any = SimpleNamespace(clock=lambda: datetime.now(UTC), config=config)

    async def run() -> None:
        pusher: Any = SimpleNamespace(send=send)
        sending = Delivery(context, pusher)
        for _ in range(2):
            tried = await asyncio.gather(*(sending._sent(push_to("drips.test"), "drips.test") for _ in range(HANGING)))
            assert set(tried) == {Outcome(Fate.UNREACHABLE, "drips.test")}
        assert len(asked) == HANGING
        assert (await sending._sent(push_to("push.test"), "push.test")).fate is Fate.TAKEN
        ends.set()
        for _ in range(1000):
            if (await sending._sent(push_to("drips.test"), "drips.test")).fate is Fate.TAKEN:
                return
            await asyncio.sleep(0.01)
        pytest.fail("it is never asked again")

    asyncio.run(run())


def test_a_service_keeps_what_it_is_given_only_for_the_whole_seconds_that_are_left() -> None:
    now, kept = datetime.now(UTC), list[int]()

    def send(_subscription: dict[str, Any], _message: bytes, _topic: str, ttl: int, *_: Any) -> Outcome:
        kept.append(ttl)
        return Outcome(Fate.TAKEN, "push.test")

    async def run() -> None:
        pusher: Any = SimpleNamespace(send=send)
        context: Any = SimpleNamespace(clock=lambda: now, config=SimpleNamespace(push_hosts=("push.test",)))
        for left in (119.9, 3):
            push = replace(push_to("push.test"), until=now + timedelta(seconds=left))
            await Delivery(context, pusher)._sent(push, "push.test")

    asyncio.run(run())
    assert kept == [119, 3]


def test_however_long_a_service_asks_to_wait_a_request_is_tried_again_within_its_life() -> None:
    async def run() -> None:
        context, pusher = SimpleNamespace(), SimpleNamespace()
        sending = Delivery(context, pusher)  # type: ignore[arg-type]
        push = push_to("busy.test")
        sending._put_off(push, Outcome(Fate.BUSY, "busy.test", after=3600))
        wait = sending._tried[push.key].again - asyncio.get_running_loop().time()
        assert 29 < wait <= delivery.LONGEST_PAUSE

    asyncio.run(run())


def test_what_is_told_for_a_day_is_tried_for_a_day() -> None:
    async def run() -> None:
        sending = Delivery(SimpleNamespace(), SimpleNamespace())  # type: ignore[arg-type]
        push, loop = push_to("away.test"), asyncio.get_running_loop()
        for _ in range(5000):
            sending._put_off(push, Outcome(Fate.UNREACHABLE, "away.test"))
        assert 20 < sending._tried[push.key].again - loop.time() <= 1.2 * delivery.LONGEST_PAUSE

    asyncio.run(run())
