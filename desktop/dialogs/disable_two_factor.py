"""Asking that two-factor authentication of the own account is turned off."""

from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.protected import NO_SCHEMA, Protected
from desktop.widgets.action_form import ActionForm, Form

ACTION = "two_factor.disable"


class DisableTwoFactor(Protected):
    """Its default button changes nothing."""

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        me = desk.session.me
        super().__init__(
            parent,
            desk,
            ACTION,
            "disable",
            title=t("console.disable.title"),
            object_name=me.username,
            facts=t("console.disable.lead"),
            go=t("console.disable.go"),
            icon="shield-off",
        )

    @override
    def make_form(self) -> Form:
        return ActionForm(NO_SCHEMA, self._name, self._desk.session.me, reason=False)

    @override
    def parameters(self) -> dict[str, Any]:
        return {}
