"""Signing in to the console."""

from typing import Any

from typing_extensions import override

from server.actions.actor import Actor
from server.actions.registry import Execution, ProtectedAction
from server.contract.request import Kind
from server.store.work import Work


class SignIn(ProtectedAction):
    """Opens a console session. Its effect is that the wait token may be redeemed, once."""

    name = "sign_in"
    title = "Sign in"
    kind = Kind.AUTHENTICATION
    summary = "Sign in to the console as {target}"
    offered = False

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        return [{"type": "administrator", "id": by.id, "name": by.username}]

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        return "Whoever asked can work in the console with this account’s permissions, for up to 12 hours."

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        return None
