"""Asking that the security policy is changed: what becomes different, before anybody is asked."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import known, t
from desktop.dialogs.protected import Protected
from desktop.widgets.text import Text

ACTION = "policy.change"


class ChangePolicy(Protected):
    """`changes` are the rules that become different, with what they become."""

    def __init__(self, parent: QWidget, desk: Desk, changes: Mapping[str, Any]) -> None:
        self._changes = dict(changes)
        rules = ", ".join(known(f"phone.parameter.{name}", name) for name in changes)
        super().__init__(
            parent,
            desk,
            ACTION,
            "change_policy",
            title=known(f"action.{ACTION}", ACTION),
            object_name=t("console.settings.security_policy.title"),
            facts=rules,
            go=t("console.policy.go"),
            icon="sliders-horizontal",
            danger=False,
        )

    @override
    def parameters(self) -> dict[str, Any]:
        return self._changes

    @override
    def add_facts(self) -> list[QWidget]:
        return [Text(t("console.policy.for_everybody"), "muted", wrap=True)]
