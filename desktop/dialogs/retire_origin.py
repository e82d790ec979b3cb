"""Asking that an old address is served no longer: whom that cuts off, before anything happens."""

from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.phone import holder_of
from desktop.core.words import n, t
from desktop.dialogs.protected import Protected
from desktop.widgets.layout import box, column
from desktop.widgets.text import Text
from server.contract.reach import Origin

ACTION = "origin.retire"


class RetireOrigin(Protected):
    """Its default button changes nothing."""

    def __init__(self, parent: QWidget, desk: Desk, origin: Origin) -> None:
        self._origin = origin
        super().__init__(
            parent,
            desk,
            ACTION,
            "retire",
            title=t("console.retire.title"),
            object_name=origin.origin,
            facts=n("console.retire.lead", len(origin.devices)),
            go=t("console.retire.go"),
            icon="unlink",
        )

    @override
    def parameters(self) -> dict[str, Any]:
        return {"origin": self._origin.origin}

    @override
    def add_facts(self) -> list[QWidget]:
        named = "\n".join(map(holder_of, self._origin.devices))
        cut = column(
            Text(t("console.retire.cut_off"), "strong"),
            Text(named, wrap=True, name="retire.devices"),
            gap=4,
            margins=(12, 12, 12, 12),
        )
        facts: list[QWidget] = [
            box("bad", cut),
            Text(t("console.retire.after"), "muted", wrap=True, name="retire.after"),
        ]
        for fact in facts:  # of what is refused nothing comes
            self.preview.refused.connect(lambda _, fact=fact: fact.hide())
            self.preview.foreseen.connect(lambda _, fact=fact: fact.show())
        return facts
