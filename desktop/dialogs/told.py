"""What the server tells once, to be handed on or kept: an invitation, a grant, a token, each with its owner."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.desk import Desk
from desktop.core.reach import only_here
from desktop.core.told import Secret
from desktop.core.words import n, t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, line, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.administrator import Administrator

ICONS = {"invitation": "mail", "grant": "smartphone", "token": "key-round"}


class Told(Dialog):
    """Closing it is the last of them: whoever has not copied them is asked to close it twice."""

    def __init__(self, parent: QWidget, desk: Desk, secrets: Sequence[Secret]) -> None:
        kind = secrets[0].kind
        title = n(f"console.told.{kind}", len(secrets))
        super().__init__(parent, title, "told", 560)
        self._secrets, self._url, self._sure = secrets, desk.public_url, False
        tile = Tile(ICONS[kind])
        head = row(tile, gap=12)
        words = column(
            Text(title, "title", wrap=True),
            Text(t(f"console.told.{kind}.text"), "muted", wrap=True, name="told.text"),
            gap=4,
        )
        head.addLayout(words, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        self._until = Text("", "muted", wrap=True, name="told.until")
        self._until.hide()
        rows = column()
        for place, secret in enumerate(secrets):
            if place:
                rows.addWidget(line())
            part = column(Text(secret.who, "strong", wrap=True), gap=2, margins=(16, 10, 16, 10))
            part.addWidget(Text(secret.text, "mono", wrap=True, name=f"told.{place}").selectable())
            rows.addLayout(part)
        body = QWidget()
        alone = Banner("waiting", "info", "told.alone")
        body.setLayout(column(head, box("card", rows), alone, self._until, None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        alone.say(t("console.told.alone") if kind != "token" and only_here(self._url) else "")
        self._said = Text("", "muted", wrap=True, name="told.copied")
        copy = button(t("console.told.copy"), "told.copy", self._copy, look="primary", icon="copy")
        close = button(t("console.close"), "told.close", self.close)
        foot = row(self._said, copy, close, gap=8, margins=(24, 16, 24, 16))
        foot.setStretch(0, 1)
        self.show_foot(foot)
        copy.setDefault(True)
        copy.setFocus()
        if kind == "invitation" and secrets[0].account:
            client, account = desk.client.in_background(), secrets[0].account
            desk.run(self, lambda: client.administrator(account), self._learn, lambda _: None)

    @override
    def reject(self) -> None:
        if self._sure:
            super().reject()
        else:
            self._sure = True
            self._said.setText(t("console.told.not_copied"))
            self.fit()

    def _learn(self, account: Administrator) -> None:
        until: datetime | None = account.invited
        if until is not None:
            self._until.setText(t("console.told.until", time=moments.full(until)))
            self._until.setToolTip(moments.utc(until))
            self._until.show()
            self.fit()

    def _copy(self) -> None:
        self._sure = True
        QGuiApplication.clipboard().setText(self._text())
        self._said.setText(t("console.told.copied"))
        self.fit()

    def _text(self) -> str:
        """Return what is handed on; an invitation or a grant says where to use it, a token is only itself."""
        first = self._secrets[0]
        if first.kind == "invitation":
            return t("console.told.invitation.message", url=self._url, username=first.who, invitation=first.text)
        if first.kind == "token":
            return first.text
        return "\n\n".join(
            t("console.told.grant.message", url=self._url, username=each.who, grant=each.text) for each in self._secrets
        )
