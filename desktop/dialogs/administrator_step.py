"""Disabling, enabling or deleting an administrator, or resetting his two-factor authentication: nothing to fill in."""

from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.protected import Protected
from desktop.widgets.text import Text, short
from server.contract.administrator import Administrator

DISABLE, ENABLE, DELETE, RESET = (
    f"administrator.{verb}" for verb in ("disable", "enable", "delete", "reset_two_factor")
)
ICONS = {DISABLE: "user-x", ENABLE: "user-check", DELETE: "trash-2", RESET: "rotate-ccw"}


class AdministratorStep(Protected):
    """`action` is one of those above; enabling again is the only one that takes nothing away."""

    def __init__(self, parent: QWidget, desk: Desk, action: str, account: Administrator) -> None:
        self._account = account
        self._step = step = action.partition(".")[2]
        super().__init__(
            parent,
            desk,
            action,
            "administrator_step",
            title=t(f"console.administrator_step.{step}.title"),
            object_name=account.name,
            facts=" · ".join(dict.fromkeys((account.username, account.email))),
            go=t(f"console.administrator_step.{step}.go", name=short(account.name)),
            icon=ICONS[action],
            danger=action != ENABLE,
        )

    @override
    def parameters(self) -> dict[str, Any]:
        return {"administrator": self._account.id}

    @override
    def told_of(self) -> str:
        return self._account.username

    @override
    def add_facts(self) -> list[QWidget]:
        return [Text(t(f"console.administrator_step.{self._step}.text"), "muted", wrap=True)]
