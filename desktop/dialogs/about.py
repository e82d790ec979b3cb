"""What this program is: its version and licence, the server's version, and where data lies."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QWidget

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.settings import Settings
from desktop.core.version import version
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.style.icons import window_icon
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.facts import Facts
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text
from server.contract.health import Health

LICENCE = "Apache-2.0"


class About(Dialog):
    """Asks the server what it is while it is shown already."""

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        super().__init__(parent, t("console.about.title"), "about", 480)
        self._desk = desk
        mark = QLabel()
        size = QSize(theme().px(40), theme().px(40))
        mark.setPixmap(window_icon().pixmap(size, self.devicePixelRatio()))
        mark.setAccessibleName("")
        words = column(Text("Countersign", "title"), Text(t("console.about.what"), "muted", wrap=True), gap=2)
        head = row(mark, gap=12)
        head.addLayout(words, 1)
        self._facts = Facts(name="about.facts")
        body = QWidget()
        body.setLayout(column(head, self._facts, None, gap=20, margins=(24, 24, 24, 24)))
        self.show_body(body)
        close = button(t("console.close"), "about.close", self.close)
        close.setDefault(True)
        self.show_foot(row(None, close, gap=8, margins=(24, 16, 24, 16)))
        close.setFocus()
        self._show("")
        client = desk.client.in_background()
        desk.run(self, client.health, self._healthy, lambda error: self._show(shown(error).text))

    def _healthy(self, health: Health) -> None:
        self._show(t("console.about.version_at", version=health.version, url=self._desk.client.url))

    def _show(self, server: str) -> None:
        settings = self._desk.settings
        folder = settings.get(Settings.folder) or t("console.about.elsewhere", url=self._desk.client.url)
        self._facts.show_facts(
            [
                (t("console.about.version"), version()),
                (t("console.about.licence"), LICENCE),
                (t("console.about.server"), server or t("console.about.asking")),
                (t("console.about.data"), folder),
                (t("console.about.settings"), settings.file),
            ]
        )
        self.fit()
