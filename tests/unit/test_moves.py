"""A session that is used from another address leaves its trace once, and later where that could not be written."""

import asyncio
from types import SimpleNamespace
from typing import Any

from server.web.guard import MOST_MOVES, note_move


def test_what_could_not_be_written_is_written_with_the_next_call() -> None:
    session = SimpleNamespace(id="ses_1", ip="192.0.2.1")
    written: list[str] = []
    able = [False, True]

    async def note(_service: Any, caller: Any, _now: Any) -> bool:
        written.append(caller.ip)
        return able.pop(0) if able else True

    context: Any = SimpleNamespace(moved=set(), note=note)

    def call(ip: str) -> None:
        caller: Any = SimpleNamespace(session=session, ip=ip)
        now: Any = None
        asyncio.run(note_move(context, caller, now))

    for ip in ("192.0.2.1", "192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.8"):
        call(ip)
    assert written == ["192.0.2.7", "192.0.2.7", "192.0.2.8"]
    for number in range(MOST_MOVES):
        context.moved.add((f"ses_{number}", "192.0.2.9"))
    call("192.0.2.10")
    assert context.moved == {("ses_1", "192.0.2.10")}, "it does not grow for ever"
