"""A form from an action's JSON Schema: what the server asks for is what can be filled in, and nothing else."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.problems import shown
from desktop.core.rights import beyond, sees_all
from desktop.core.words import known, t
from desktop.widgets.action_parts import Boxes, Choice, Line, Part, Radios, Schema
from desktop.widgets.company_choice import Companies
from desktop.widgets.field import Field
from desktop.widgets.layout import column, pair
from server.contract.administrator import Administrator
from server.contract.company import Company
from server.contract.permission import Permission, Role
from server.contract.problem import Problem

FEW = 3
"""Values that are shown beside each other; more are a list to open."""
AT_FIELD = {"username_taken": "username", "name_taken": "name", "wrong_password": "current_password"}
"""Refusals that are about one parameter, though the server does not say which."""
REASON = "reason"


class Form(QWidget):
    """What the frame of a protected action needs of what is filled in."""

    changed = Signal()
    entered = Signal()

    @property
    def parameters(self) -> dict[str, Any]:
        """What is asked for."""
        raise NotImplementedError

    @property
    def reason(self) -> str:
        """The requester's own words."""
        return ""

    @property
    def reason_missing(self) -> bool:
        """Tell whether policy wants a reason, and there is none yet."""
        return False

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to fill in but the reason."""
        return False

    @property
    def complete(self) -> bool:
        """Tell whether the server can be asked what it thinks of it; nobody is accused."""
        raise NotImplementedError

    def require_reason(self) -> None:
        """Ask for a reason, as the organisation's policy wants; there is none about the own account."""

    def check(self) -> bool:
        """Tell whether it can be sent, and say at the fields why not."""
        raise NotImplementedError

    def blame(self, error: Exception) -> bool:
        """Show an error at its fields; tell whether all of it found one."""
        raise NotImplementedError

    def begin(self) -> None:
        """Put the cursor into the first field."""
        raise NotImplementedError


class ActionForm(Form):
    """Has a part for each parameter but those that are `fixed`, and a line for the reason.

    `by` is who asks: what is beyond his rights can be seen and not be chosen. `given` is what the parts begin with,
    `rows` which of them stand beside each other.
    """

    def __init__(
        self,
        schema: Schema,
        name: str,
        by: Administrator,
        *,
        companies: Sequence[Company] = (),
        fixed: Mapping[str, Any] | None = None,
        given: Mapping[str, Any] | None = None,
        rows: Sequence[Sequence[str]] = (),
        narrow: bool = False,
        reason: bool = True,
    ) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self._schema, self._name, self._by = schema, name, by
        self._companies, self._narrow = companies, narrow
        self._fixed = dict(fixed or {})
        self._parts: dict[str, Part] = {}
        self._conditions: dict[str, tuple[str, Any]] = {}
        for key in _in_order(schema.get("properties", {}), rows):
            if key not in self._fixed:
                self._add(key, schema["properties"][key])
        for key, value in (given or {}).items():
            if key in self._parts:
                self._parts[key].show_value(value)
        layout = column(gap=16)
        for keys in _in_rows(self._parts, rows):
            parts = [self._parts[key] for key in keys]
            if len(parts) > 1 and not narrow:
                layout.addLayout(pair(parts[0], parts[1]))
            else:
                for part in parts:
                    layout.addWidget(part)
        self._required = False
        self._reason = Field(t("console.form.reason_optional"), f"{name}.reason")
        self._reason.edit.setMaxLength(500)
        self._reason.edit.textChanged.connect(lambda _: self.changed.emit())
        self._reason.edit.returnPressed.connect(self.entered)
        layout.addWidget(self._reason)
        self.setLayout(layout)
        self._reason.setVisible(reason)
        for part in self._parts.values():
            part.changed.connect(self._part_changed)
            part.entered.connect(self.entered)

    @property
    @override
    def parameters(self) -> dict[str, Any]:
        return self._fixed | {
            key: part.value() if self._applies(key) else part.nothing() for key, part in self._parts.items()
        }

    @property
    @override
    def reason(self) -> str:
        return self._reason.text

    @property
    @override
    def empty(self) -> bool:
        return not self._parts

    @property
    @override
    def complete(self) -> bool:
        return not any(self._faults().values()) and not self.reason_missing

    @property
    @override
    def reason_missing(self) -> bool:
        return self._required and not self.reason

    @override
    def require_reason(self) -> None:
        self._required = not self._reason.isHidden()
        self._reason.rename(t("console.form.reason"))

    def show_where(self, keys: Collection[str], on: str, value: object) -> None:
        """Let these parameters count only where another one has this value."""
        self._conditions |= dict.fromkeys(keys, (on, value))
        self._show_parts()

    @override
    def check(self) -> bool:
        faults = self._faults()
        if self.reason_missing:
            faults[REASON] = t("console.form.reason_required")
        return not self._accuse(faults)

    @override
    def blame(self, error: Exception) -> bool:
        faults = {key.removeprefix("parameters.").split(".")[0]: told for key, told in shown(error).fields.items()}
        if isinstance(error, Problem) and not faults and (field := AT_FIELD.get(error.code)):
            faults = {field: shown(error).text}
        if REASON in faults:
            self.require_reason()
        return self._accuse(faults) and faults.keys() <= {*self._parts, REASON}

    @override
    def begin(self) -> None:
        next(iter(self._parts.values())).begin() if self._parts else self._reason.editor.setFocus()

    def _add(self, key: str, schema: Schema) -> None:
        kind, optional = self._resolved(schema)
        if "const" in kind:
            self._fixed[key] = kind["const"]
            return
        self._parts[key] = self._part(key, kind, optional=optional)

    def _part(self, key: str, kind: Schema, *, optional: bool) -> Part:
        name, label = f"{self._name}.{key}", known(f"console.form.{key}", str(kind.get("title") or _words(key)))
        if key == "companies":
            return Companies(label, name, self._companies, all_of_them=optional and sees_all(self._by))
        if values := kind.get("enum"):
            if len(values) > FEW:
                return Choice(label, name, values)
            barred = {Role.PROVIDER} if self._by.role is not Role.PROVIDER else set()
            return Radios(label, name, values, barred=barred & set(values))
        inner, _ = self._resolved(kind.get("items", {}))
        if values := inner.get("enum"):
            barred_permissions = beyond(self._by) & set(values) if set(values) <= set(Permission) else set()
            hint = t("console.form.barred")
            columns = 1 if self._narrow else 2
            return Boxes(label, name, values, barred=barred_permissions, hint=hint, columns=columns)
        words = t("console.form.optional", label=label) if optional else label
        return Line(words, name, kind, optional=optional, hint=known(f"console.form.hint.{key}", ""))

    def _resolved(self, schema: Schema) -> tuple[Schema, bool]:
        """Return what is meant, without references and without null; and whether null was possible."""
        if ref := schema.get("$ref"):
            return self._schema["$defs"][str(ref).rsplit("/", 1)[-1]], False
        kinds = schema.get("anyOf", ())
        named = [each for each in kinds if each.get("type") != "null"]
        if not kinds or not named:
            return schema, False
        kind, _ = self._resolved(named[0])
        return {**{key: value for key, value in schema.items() if key != "anyOf"}, **kind}, len(named) < len(kinds)

    def _applies(self, key: str) -> bool:
        on, value = self._conditions.get(key, ("", None))
        return not on or on not in self._parts or self._parts[on].value() == value

    def _part_changed(self) -> None:
        self._show_parts()
        self.changed.emit()

    def _show_parts(self) -> None:
        for key in self._conditions:
            if key in self._parts:
                self._parts[key].setVisible(self._applies(key))

    def _faults(self) -> dict[str, str]:
        return {key: fault for key, part in self._parts.items() if self._applies(key) and (fault := part.missing())}

    def _accuse(self, faults: Mapping[str, str]) -> bool:
        """Say at each field what is wrong with it; tell whether anything is."""
        for key, part in self._parts.items():
            part.accuse(faults.get(key, ""))
        self._reason.accuse(faults.get(REASON, ""))
        first = next((key for key in (*self._parts, REASON) if faults.get(key)), None)
        if first is not None:
            self._parts[first].begin() if first in self._parts else self._reason.editor.setFocus()
        return bool(faults)


def _in_order(properties: Mapping[str, Any], rows: Sequence[Sequence[str]]) -> list[str]:
    first = [key for keys in rows for key in keys if key in properties]
    return first + [key for key in properties if key not in first]


def _in_rows(parts: Collection[str], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    named = [[key for key in keys if key in parts] for keys in rows]
    taken = {key for keys in named for key in keys}
    return [keys for keys in named if keys] + [[key] for key in parts if key not in taken]


def _words(key: str) -> str:
    return key.replace("_", " ").capitalize()
