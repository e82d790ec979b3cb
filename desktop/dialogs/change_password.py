"""Changing the own password: the rules first, then the passwords, then the phone."""

from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.new_password import LEAST, NewPassword
from desktop.dialogs.protected import Protected
from desktop.widgets.action_form import Form
from desktop.widgets.field import Field
from desktop.widgets.layout import column
from desktop.widgets.text import Text
from server.contract.problem import Problem

ACTION = "password.change"


class PasswordForm(Form):
    """Says that it has changed only when a field is left: each time the server looks, it counts a wrong password."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self._current = Field(t("console.password.current"), f"{name}.current", secret=True)
        self._new = NewPassword(name, label=t("console.password.new"), again=t("console.password.new_again"))
        self.setLayout(column(self._current, self._new, gap=16))
        self._told = False
        for edit in (self._current.edit, *self._new.edits):
            edit.editingFinished.connect(self._settled)
            edit.textEdited.connect(lambda _: self._edited())
            edit.returnPressed.connect(self.entered)

    @property
    @override
    def parameters(self) -> dict[str, Any]:
        return {"current_password": self._current.text, "new_password": self._new.text}

    @property
    @override
    def complete(self) -> bool:
        return bool(self._current.text) and self._new.fits

    @override
    def check(self) -> bool:
        fits = self._new.check()
        current = self._current.text
        same = bool(current) and current == self._new.text
        self._current.accuse("" if current else t("console.field.missing"))
        if same:
            self._new.accuse(t("console.password.same"))
        if not current:
            self._current.editor.setFocus()
        return fits and bool(current) and not same

    @override
    def blame(self, error: Exception) -> bool:
        if isinstance(error, Problem) and error.code == "wrong_password":
            self._current.accuse(t("console.password.wrong"))
            self._current.edit.selectAll()
            self._current.editor.setFocus()
            return True
        fields = shown(error).fields
        if told := next((fields[key] for key in fields if key.endswith("new_password")), ""):
            self._new.accuse(told)
            return True
        return self._new.blame(error)

    @override
    def begin(self) -> None:
        self._current.editor.setFocus()

    def _settled(self) -> None:
        if self.complete:
            self._told = True
            self.changed.emit()

    def _edited(self) -> None:
        """What was shown of other passwords is shown no longer."""
        if self._told and not self.complete:
            self._told = False
            self.changed.emit()


class ChangePassword(Protected):
    """The new password goes to the server alone; the phone is shown that there is one, never which."""

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        super().__init__(
            parent,
            desk,
            ACTION,
            "password",
            title=t("console.change_password.title"),
            object_name=t("console.change_password.title"),
            facts=desk.session.me.username,
            go=t("console.change_password.go"),
            icon="key-round",
            danger=False,
        )

    @override
    def make_form(self) -> Form:
        return PasswordForm(self._name)

    @override
    def add_facts(self) -> list[QWidget]:
        return [Text(t("console.change_password.rules", count=LEAST), "muted", wrap=True, name="password.rules")]
