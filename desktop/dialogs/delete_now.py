"""Asking not to wait for the end of a hold: the data goes at once, and nobody can call it off any more."""

from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.protected import Protected
from desktop.widgets.engine import DataWaits

ACTION = "user.delete_now"


class DeleteNow(Protected):
    """Its default button changes nothing. `user` is an id, for it may be that only the deletion is known."""

    def __init__(self, parent: QWidget, desk: Desk, user: str, username: str, facts: str) -> None:
        self._user = user
        self._data_waits = DataWaits(desk, "delete_now.data_waits")
        super().__init__(
            parent,
            desk,
            ACTION,
            "delete_now",
            title=t("console.delete_now.title"),
            object_name=username,
            facts=facts,
            go=t("console.delete_now.go"),
            icon="trash-2",
        )
        self._data_waits.changed.connect(self.fit)

    @override
    def add_facts(self) -> list[QWidget]:
        return [self._data_waits]

    @override
    def parameters(self) -> dict[str, Any]:
        return {"user": self._user}
