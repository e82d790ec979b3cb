"""Bugs to plant: each takes one guard out of the server, wherever it stands, and names the proof that must find it.

Where a guard stands twice, so that one of the two may fail, both are taken out: what is left is a server that is wrong.
A text that is no longer in the source is no bug that could be planted, and fails.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from typing_extensions import override

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Edit:
    """A text of a module's source, which is there once, and what stands in its place."""

    module: str
    old: str
    new: str

    @property
    def file(self) -> Path:
        """Return the module's file."""
        return ROOT.joinpath(*self.module.split(".")).with_suffix(".py")


@dataclass(frozen=True)
class Planted:
    """A bug, and what finds it: a line of the states, of the matrix, or the machine."""

    edits: tuple[Edit, ...]
    state: tuple[str, str] | None = None
    matrix: tuple[str, str] | None = None


DECIDING, ENDINGS, SETTLING = "server.services.deciding", "server.store.endings", "server.services.settling"
ASKING, SIGNING_IN = "server.services.asking", "server.services.signing_in"

PLANTED: dict[str, Planted] = {
    "too late is in time": Planted(
        (
            Edit(
                "server.domain.requests",
                "return S.EXPIRED if status is S.PENDING and expires_at <= now else status",
                "return status",
            ),
            Edit(ENDINGS, "overdue = request.expires_at <= now", "overdue = False"),
            Edit(ENDINGS, "        ~_IN_TIME if overdue else _IN_TIME,\n", ""),
        ),
        state=("user.delete", "expiry"),
    ),
    "any code is right": Planted(
        (Edit(DECIDING, "if decision.approves and not _code_is_right(work, row, decision.code):", "if False:"),),
        state=("user.delete", "wrong_code"),
    ),
    "codes may be guessed without end": Planted(
        (Edit(SETTLING, "    if left == 0:\n        move(", "    if left < -99:\n        move("),),
        state=("user.delete", "third_wrong_code"),
    ),
    "no device signature is verified": Planted(
        (
            Edit(
                DECIDING,
                "if not protocol.verify(protocol.public_key(device.dsk), decision.sig, challenge):",
                "if False:",
            ),
        ),
        state=("user.delete", "forged"),
    ),
    "no passkey is verified": Planted(
        (
            Edit(
                DECIDING,
                'return None if passkeys.verifies(answer, challenge, device.origin, device.cose) else "passkey"',
                "return None",
            ),
        ),
        state=("user.delete", "locked"),
    ),
    "a target may change": Planted(
        (Edit(SETTLING, 'return None if same else "target_changed"', "return None"),),
        state=("user.delete", "target_change"),
    ),
    "a permission that was taken still counts": Planted(
        (
            Edit(SETTLING, "if not by.rights.may(action.permission):", "if False:"),
            Edit(
                "server.actions.administrator_rights",
                "if not rights.may(REGISTER[request.action].permission):",
                "if False:",
            ),
        ),
        state=("user.delete", "permission_taken"),
    ),
    "what a disabled account asked for goes on": Planted(
        (
            Edit(
                "server.store.accounts",
                "for request in pending_requests(work, Request.administrator_id == account.id):",
                "for request in ():",
            ),
            Edit("server.store.accounts", "    end_other_sessions(work, account.id, now)\n", ""),
            Edit(SETTLING, "if not administrators.is_enabled(work, owner):", "if False:"),
        ),
        state=("user.delete", "account_disabled"),
    ),
    "a session that ends leaves its requests": Planted(
        (
            Edit(
                ENDINGS,
                "for request in pending_requests(work, tables.Request.session_id == session.id):",
                "for request in ():",
            ),
        ),
        state=("user.delete", "session_end"),
    ),
    "not me freezes nothing": Planted(
        (Edit(DECIDING, "            _freeze_source(work, row, now)\n", ""),),
        state=("user.delete", "not_me"),
    ),
    "a wait token is redeemed twice": Planted(
        (
            Edit(
                SIGNING_IN,
                "tables.Request.id == row.id, tables.Request.redeemed_at.is_(None)",
                "tables.Request.id == row.id",
            ),
        ),
        state=("sign_in", "approve"),
    ),
    "every phone decides": Planted(
        (
            Edit(
                DECIDING,
                'tables.Request.id == bindparam("request"), tables.Request.device_id == bindparam("device")',
                'tables.Request.id == bindparam("request")',
            ),
            Edit(SETTLING, 'if details["username"] != owner.username:', "if False:"),
        ),
        state=("user.delete", "other_phone"),
    ),
    "no permission is needed": Planted(
        (Edit(ASKING, "    administrators.require(caller.rights, action.permission)\n", ""),),
        matrix=("POST /api/v1/actions/{name} user.delete", "own"),
    ),
    "other companies' users are deleted": Planted(
        (
            Edit(
                "server.actions.users",
                "if found is None or not by.rights.sees(found.company_id):",
                "if found is None:",
            ),
        ),
        matrix=("POST /api/v1/actions/{name} user.delete", "own"),
    ),
    "a key does what its owner may": Planted(
        (
            Edit(
                "server.actions.actor",
                "held if key is None else held.within(Rights.of_key(key.companies, key.permissions))",
                "held",
            ),
        ),
        matrix=("POST /api/v1/actions/{name} user.delete", "own"),
    ),
    "two-factor authentication is not needed": Planted(
        (Edit(ASKING, "        if work.marked and not action.needs_none:\n", "        if False:\n"),),
        matrix=("POST /api/v1/actions/{name} user.delete", "only others have it"),
    ),
    "a password alone becomes a phone": Planted(
        (Edit("server.store.grants", "if account.method is None and work.marked and granted is None:", "if False:"),),
        matrix=("POST /api/v1/enrolments", "only others have it"),
    ),
    "nobody is above anybody": Planted(
        (
            Edit(
                "server.domain.permissions",
                "        if self.role is Role.PROVIDER:\n            return True\n        return other.role",
                "        return True\n        return other.role",
            ),
        )
    ),
    "a call with the same key is another call": Planted(
        (Edit(ASKING, "if key is not None and (before :=", "if False and (before :="),)
    ),
    "any number of requests may wait": Planted(
        (Edit(ASKING, "if _open_actions(work, account, now) >= OPEN_ACTIONS:", "if False:"),)
    ),
}


def plant(name: str) -> None:
    """Let this process import the server with the bug in it, in place of what it has imported."""
    for module in [each for each in sys.modules if each == "server" or each.startswith("server.")]:
        del sys.modules[module]
    sys.meta_path.insert(0, _Gardener(PLANTED[name].edits))


class _Gardener(MetaPathFinder):
    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        edits = [edit for edit in self._edits if edit.module == fullname]
        spec = PathFinder.find_spec(fullname, path) if edits else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Changed(fullname, spec.origin, edits)
        return spec


class _Changed(SourceFileLoader):
    def __init__(self, fullname: str, path: str, edits: Sequence[Edit]) -> None:
        super().__init__(fullname, path)
        self._edits = edits

    @override
    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.path).read_text(encoding="utf-8")
        for edit in self._edits:
            source = source.replace(edit.old, edit.new)
        return compile(source, self.path, "exec")
