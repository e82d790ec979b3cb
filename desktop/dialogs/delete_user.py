"""Asking for the deletion of a user, the data, or both: what will happen, in the server's words, before it does."""

from typing import Any

from PySide6.QtWidgets import QBoxLayout, QLayout, QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.protected import Protected
from desktop.widgets.button import rename
from desktop.widgets.engine import DataWaits
from desktop.widgets.text import short
from desktop.widgets.user_cost import UserCost
from desktop.widgets.way_choice import WayChoice
from server.contract.deletion import DeletionMode
from server.contract.user import User

ACTION = "user.delete"


class DeleteUser(Protected):
    """Its default button changes nothing, and what is chosen at first destroys least."""

    wide = 524

    def __init__(self, parent: QWidget, desk: Desk, user: User) -> None:
        self._user = user
        self._ways = WayChoice("delete_user.way", has_data=user.destination is not None)
        self._known_cost = UserCost(desk, user, "delete_user.data")
        self._data_waits = DataWaits(desk, "delete_user.data_waits")
        self._warn()
        super().__init__(
            parent,
            desk,
            ACTION,
            "delete_user",
            title=t("console.delete_user.title"),
            object_name=user.username,
            facts=" · ".join(filter(None, (user.name, user.company_name))),
            go=t("console.delete_user.go", name=short(user.name)),
            icon="trash-2",
        )
        self._ways.changed.connect(self._turn)
        self._known_cost.measured.connect(self.preview.again)
        self._data_waits.changed.connect(self.fit)

    @property
    def mode(self) -> DeletionMode:
        """What is to be deleted."""
        return self._ways.mode

    @override
    def parameters(self) -> dict[str, Any]:
        return {"user": self._user.id, "mode": self.mode.value}

    @override
    def add_facts(self) -> list[QWidget]:
        parts = [self._ways, self._known_cost]
        return [*parts, self._data_waits] if self.roomy else [self._data_waits, *parts]

    @override
    def cost_at(self) -> int:
        """It follows what is chosen, unless there is so little room that it would not be seen then."""
        return 2 if self.roomy else 0

    @override
    def show_foot(self, layout: QLayout) -> None:
        if not self.roomy and isinstance(layout, QBoxLayout):  # else it would have to be scrolled to
            layout.insertWidget(0, self._known_cost.measure)
        super().show_foot(layout)

    def _warn(self) -> None:
        self._data_waits.concern(data=self.mode is not DeletionMode.USER_ONLY)

    def _turn(self) -> None:
        """Ask what this way would do; until that is known nothing can be asked for."""
        self._go.setEnabled(False)
        self._warn()
        self._happens.setText(t("console.preview.asking"))
        key = "go_data" if self.mode is DeletionMode.DATA_ONLY else "go"
        rename(self._go, t(f"console.delete_user.{key}", name=short(self._user.name)))
        self._follow(now=True)
