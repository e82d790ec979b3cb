"""Says to a phone what no honest client could make the server say, sealed and signed with that server's own key."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from playwright.sync_api import Route

from server import keys, protocol
from tests.living import LivingServer
from tests.phone.handset import Handset

DETAILS: dict[str, Any] = {
    "v": 1,
    "kind": "management",
    "action": "rmm.run_on_group",
    "title": "Run a command on a group",
    "summary": "Run a command",
    "username": "amelia.hart",
    "device_name": "NW-LT-014",
    "application": "Countersign 0.1 test",
    "ip": "192.0.2.7",
    "notices": [],
    "target": [],
    "parameters": {},
    "consequence": "",
    "reason": "",
    "code_digits": 6,
}


class Sealer:
    """Holds the server's key, and the phone's public one."""

    def __init__(self, server: LivingServer) -> None:
        """Read both from the server's folder, whose one active phone is meant."""
        self._keys = keys.load(server.data / "server.key")
        with closing(sqlite3.connect(server.data / "countersign.db")) as database:
            row = database.execute("SELECT id, dhk FROM devices WHERE status = 'active'").fetchone()
        self.device, self._dhk = str(row[0]), protocol.public_key(bytes(row[1]))

    def request(self, request: str, **members: Any) -> dict[str, Any]:
        """Return a pending request as the list has it."""
        now = int(time.time())
        answer_key = protocol.b64u(protocol.point(protocol.new_key()))
        told = {"id": request, "created_at": now, "expires_at": now + 300, "answer_key": answer_key}
        details = protocol.canonical(DETAILS | told | members)
        sealed = self._sealed(protocol.request_info(self.device, request), details)
        return {"id": request, "status": "pending", "expires_at": now + 300, "sealed": sealed}

    def notice(self, notice: str, **members: Any) -> dict[str, Any]:
        """Return news as the list has it."""
        at = int(time.time())
        told = {"v": 1, "id": notice, "at": at, **dict.fromkeys(("action", "username", "device_name", "ip"), "")}
        message = protocol.canonical(told | {"application": "", "phone": ""} | members)
        sealed = self._sealed(protocol.notice_info(self.device, notice), message)
        return {"id": notice, "at": at, "read": False, "sealed": sealed}

    def _sealed(self, info: bytes, message: bytes) -> str:
        return protocol.b64u(protocol.seal_signed(self._dhk, info, message, self._keys.sign(info + message)))

    def show(self, handset: Handset, *requests: dict[str, Any], news: Sequence[dict[str, Any]] = ()) -> None:
        """Let the phone read these instead of what the server has."""
        now = int(time.time())
        by_path = {f"/requests/{each['id']}": each for each in requests}
        by_path["/requests"] = {"requests": requests, "now": now}
        if news:
            by_path["/notices"] = {"notices": news, "unread": len(news), "now": now}

        def answer(route: Route) -> None:
            route.fulfill(json=by_path[route.request.url.partition("/api/v1")[2]])

        for path in by_path:
            handset.page.route(f"**/phone/api/v1{path}", answer)
