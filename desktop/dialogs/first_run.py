"""The first screen asks where the approval server runs."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QPushButton, QWidget

from desktop.core.version import version
from desktop.core.words import t
from desktop.dialogs.entry import Entry
from desktop.style.theme import theme
from desktop.widgets.button import button, rename
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.icon import Icon, Tile
from desktop.widgets.layout import box, column, row
from desktop.widgets.text import Elided, Text

KEY_FILE = "server.key"
"""What lies in each folder that a server was set up in."""


class FirstRun(Entry):
    """Two cards: on this computer, or somewhere else."""

    set_up = Signal(object)
    """The folder for the server's data."""
    connect_asked = Signal()

    def __init__(self, folder: Path) -> None:
        super().__init__("first_run")
        QTimer.singleShot(0, self, lambda: self.foot.setText(f"Countersign {version()}"))  # once it is painted
        self._folder = folder
        here = button("", "first_run.set_up", self._set_up, look="primary", large=True)
        there = button(t("console.first_run.there"), "first_run.connect", self.connect_asked.emit, large=True)
        here.setDefault(True)
        title = Text(t("console.first_run.title"), "display", wrap=True)
        lead = Text(t("console.first_run.lead"), "muted", wrap=True)
        for label in (title, lead):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        cards = QHBoxLayout()
        cards.setSpacing(theme().px(24))
        self._here, self._here_title, self._here_lead = here, Text("", "brand"), Text("", "muted", wrap=True)
        self._here_steps = _steps("here", ("starts", "names", "phone"))
        cards.addWidget(_card("laptop", self._here_title, self._here_lead, self._here_steps, here, first=True), 1)
        title_there = Text(t("console.first_run.there.title"), "brand")
        lead_there = Text(t("console.first_run.there.lead"), "muted", wrap=True)
        steps_there = _steps("there", ("address", "sign_in"))
        cards.addWidget(_card("server", title_there, lead_there, steps_there, there, first=False), 1)
        self._place = Elided("", "", name="first_run.folder")
        choose = button(t("console.first_run.choose"), "first_run.choose_folder", self._choose, look="link")
        note = box(
            "card", row(Icon("info", "muted", 20), self._place, choose, gap=12, margins=(16, 8, 12, 8), stretch=1)
        )
        whole = QWidget()
        whole.setProperty("look", "plain")
        whole.setLayout(column(title, 8, lead, 32, cards, 24, note))
        self.show_middle(whole, 356 * 2 + 24)
        self.begin_at(here)
        self._show_folder()

    def _set_up(self) -> None:
        self.set_up.emit(self._folder)

    def _choose(self) -> None:
        dialog = QFileDialog(self, t("console.first_run.choose_title"), str(self._folder.parent))
        dialog.setObjectName("first_run.folder_dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._chosen)
        dialog.open()

    def _chosen(self, folder: str) -> None:
        self._folder = Path(folder)
        self._show_folder()

    def _show_folder(self) -> None:
        """Offer to set up there, or to go on where that has been done."""
        on = (self._folder / KEY_FILE).is_file()
        rename(self._here, t("console.first_run.here.on" if on else "console.first_run.here"))
        self._here_title.setText(t("console.first_run.here.on_title" if on else "console.first_run.here.title"))
        self._here_lead.setText(t("console.first_run.here.on_lead" if on else "console.first_run.here.lead"))
        self._here_steps.setVisible(not on)
        self._place.setText(t("console.first_run.folder", folder=self._folder))


def _card(icon: str, title: Text, lead: Text, steps: QWidget, action: QPushButton, *, first: bool) -> QFrame:
    head = row(Tile(icon), None)
    if first:
        head.addWidget(Chip(Mark(t("console.first_run.start_here"), "accent", dot=False)), 0, Qt.AlignmentFlag.AlignTop)
    layout = column(head, 16, title, 4, lead, 12, steps, margins=(24, 24, 24, 24))
    layout.addStretch(1)
    layout.addSpacing(theme().px(16))
    layout.addWidget(action)
    return box("card-accent" if first else "card", layout)


def _steps(name: str, steps: Sequence[str]) -> QWidget:
    layout = column()
    for number, step in enumerate(steps, start=1):
        digit = Text(str(number), "accent")
        digit.setFixedWidth(theme().px(16))
        line = row(digit, Text(t(f"console.first_run.{name}.{step}"), wrap=True), gap=8)
        line.setAlignment(digit, Qt.AlignmentFlag.AlignTop)
        line.setStretch(1, 1)
        layout.addLayout(line)
        layout.addSpacing(theme().px(8))
    made = QWidget()
    made.setProperty("look", "plain")
    made.setLayout(layout)
    return made
