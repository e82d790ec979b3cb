"""Making an API key: its name, what it may, for which companies and for how long; its token is told once."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import known, t
from desktop.dialogs.protected import Protected
from desktop.widgets.action_form import ActionForm, Form
from server.contract.company import Company

ACTION = "api_key.create"
ROWS = (("name", "expires_in_days"), ("permissions",), ("companies",))
MONTHS_3 = 90
"""Days that are proposed: a key that nobody ends ends by itself."""


class ApiKeyForm(Protected):
    """`schema` is that of the action's parameters."""

    wide = 524

    def __init__(self, parent: QWidget, desk: Desk, schema: dict[str, Any], companies: Sequence[Company]) -> None:
        self._schema, self._companies = schema, companies
        super().__init__(
            parent,
            desk,
            ACTION,
            "api_key_form",
            title=known(f"action.{ACTION}", ACTION),
            object_name=t("console.api_key_form.new"),
            facts=t("console.api_key_form.facts", username=desk.session.me.username),
            go=t("console.api_key_form.go"),
            icon="key-round",
            danger=False,
        )

    @override
    def make_form(self) -> Form:
        return ActionForm(
            self._schema,
            self._name,
            self._desk.session.me,
            companies=self._companies,
            given={"expires_in_days": MONTHS_3},
            rows=ROWS,
            narrow=not self.roomy,
        )

    @override
    def told_of(self) -> str:
        return str(self.parameters().get("name") or t("console.api_key_form.new"))
