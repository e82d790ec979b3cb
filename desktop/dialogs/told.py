"""Grants that the server tells once: for each account the text with which it enrols another phone."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, line, row
from desktop.widgets.text import Text


class Grants(Dialog):
    """Closing it is the last of them, so Esc asks for nothing but the text says so."""

    def __init__(self, parent: QWidget, grants: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent, t("console.grants.title"), "grants", 560)
        self._grants = grants
        tile = Tile("user-plus")
        head = row(tile, gap=12)
        head.addLayout(
            column(
                Text(t("console.grants.title"), "title", wrap=True),
                Text(t("console.grants.text"), "muted", wrap=True),
                gap=4,
            ),
            1,
        )
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        rows = column()
        for place, (username, grant) in enumerate(grants):
            if place:
                rows.addWidget(line())
            words = column(
                Text(username, "strong", wrap=True),
                Text(grant, "mono", wrap=True, name=f"grants.{place}").selectable(),
                gap=2,
                margins=(16, 10, 16, 10),
            )
            rows.addLayout(words)
        body = QWidget()
        body.setLayout(column(head, box("card", rows), None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        self._said = Text("", "muted", wrap=True, name="grants.copied")
        copy = button(t("console.grants.copy"), "grants.copy", self._copy, look="primary", icon="copy")
        close = button(t("console.close"), "grants.close", self.close)
        foot = row(self._said, copy, close, gap=8, margins=(24, 16, 24, 16))
        foot.setStretch(0, 1)
        self.show_foot(foot)
        copy.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{username}: {grant}" for username, grant in self._grants))
        self._said.setText(t("console.grants.copied"))


def grants_in(result: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return the accounts and grants that an action's result tells; none where it tells none."""
    told = (result or {}).get("grants")
    if not isinstance(told, list):
        return []
    pairs = [(each.get("username"), each.get("grant")) for each in told if isinstance(each, dict)]
    return [(str(username), str(grant)) for username, grant in pairs if username and grant]
