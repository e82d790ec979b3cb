"""Asking for the deletion of a user: what will happen, in the server's words, before anything does."""

from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.protected import Protected
from desktop.widgets.text import short
from server.contract.user import User

ACTION = "user.delete"
MODE = "user_only"


class DeleteUser(Protected):
    """Its default button changes nothing."""

    def __init__(self, parent: QWidget, desk: Desk, user: User) -> None:
        self._user = user
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

    @override
    def parameters(self) -> dict[str, Any]:
        return {"user": self._user.id, "mode": MODE}
