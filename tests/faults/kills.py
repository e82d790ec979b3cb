"""Killed at random under load: what was acknowledged is there, nothing happened twice, and the chain holds."""

import os
import random
import threading
from collections.abc import Callable

import requests

from server.contract.problem import Problem
from tests.living import LivingServer

KILLS = int(os.environ.get("COUNTERSIGN_KILLS", "12"))  # on each database; CI kills 50 times, the long form 1000
LONGEST = 60 + KILLS * 12  # seconds


def kill_at_random(start_server: Callable[..., LivingServer]) -> None:
    """Kill a server again and again while it works; then look at everything that was tried."""
    chance = random.Random(20261124)  # noqa: S311 - a repeatable order of kills, no secret
    server = start_server()
    console, phone = server.protected()
    acknowledged: set[str] = set()
    tried: dict[str, str] = {}
    for turn in range(KILLS):
        timer = threading.Timer(chance.uniform(0.05, 0.8), server.kill_now)
        timer.start()
        try:
            for number in range(10_000):
                user = console.user(f"u{turn}-{number}@contoso.example")
                request = console.delete(user)
                tried[request["id"]] = user
                if phone.approve(request["id"], request["code"]) == "executed":
                    acknowledged.add(request["id"])
        except requests.RequestException:
            pass
        except Problem as problem:
            assert problem.status == 429
        timer.join()
        server.gone()
        server.start()
        for waiting in phone.pending():
            console.call("POST", f"/requests/{waiting.id}/cancel")
    events = [(each["request"], each["event"]) for each in console.audit(event="request")]
    assert len(events) == len(set(events))
    for request, user in tried.items():
        status = console.request(request)["status"]
        gone = console.raw("GET", f"/users/{user}").status_code == 404
        assert gone == (status == "executed"), (request, status)
        assert request not in acknowledged or gone
    server.stop()
    done = server.run("audit", "verify")
    assert done.returncode == 0, done.stderr
    assert len(acknowledged) >= KILLS // 10  # there was something to lose, on a busy machine too
