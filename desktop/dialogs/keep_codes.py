"""New recovery codes, told once: to be kept, and said to be kept, before the dialog around them closes."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QFileDialog, QWidget
from typing_extensions import override

from desktop.core import clock
from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.transport import Offline
from desktop.core.words import t
from desktop.dialogs.codes_paper import Paper, keep
from desktop.widgets.button import button, relook, rename
from desktop.widgets.codes_grid import CodesGrid
from desktop.widgets.flow import Flow
from desktop.widgets.icon import Icon
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text


class KeepCodes(QWidget):
    """The page and, as `foot`, what stands below it; the dialog asks `may_close` when somebody closes it.

    `news` is what has just happened, said above them under the name `news_name`.
    """

    changed = Signal()
    """It takes another height now."""
    finished = Signal()
    """They are kept, or there is nothing to keep: the dialog may go."""

    def __init__(self, desk: Desk, *, news: str = "", news_name: str = "codes.news", roomy: bool = True) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self._desk, self._roomy = desk, roomy
        self._paper: Paper | None = None
        self._warned = self._over = False
        self._lead = Text(t("console.codes.lead"), "muted", wrap=True, name="codes.lead")
        self._news = Text(news, "strong", wrap=True, name=news_name)
        self._grid = CodesGrid("codes.list")
        self._banner = Banner("bad", "triangle-alert", "codes.banner")
        self._again = button(t("console.retry"), "codes.retry", self.tell, small=True)
        self._banner.offer(self._again)
        self._unsaved = Banner("waiting", "triangle-alert", "codes.unsaved")
        self._said = Text("", wrap=True, name="codes.said")
        self._copy = button(t("console.copy"), "codes.copy", self._copy_all, icon="copy", look="primary")
        save = button(t("console.codes.save"), "codes.save", lambda: self._choose("txt"), icon="download")
        paper = button(t("console.codes.print"), "codes.print", lambda: self._choose("pdf"), icon="scroll-text")
        self._ways = QWidget()
        self._ways.setProperty("look", "plain")
        self._ways.setLayout(Flow(self._copy, save, paper))
        self._happened = QWidget()
        self._happened.setProperty("look", "plain")
        self._happened.setLayout(row(Icon("circle-check", "good", 20), self._news, gap=8, stretch=1))
        if not news:
            self._happened.hide()
        self._title = Text(t("console.codes.title"), "title", wrap=True)
        if news and not roomy:
            self._title.hide()
        codes = (
            (self._grid, self._ways) if roomy else (self._ways, self._grid)
        )  # what can be done is never out of sight
        parts = (self._happened, self._title, self._lead, self._banner, self._unsaved, *codes)
        self.setLayout(column(*parts, self._said, None, gap=12 if roomy else 6))
        self.foot = self._make_foot()
        for part in (self._grid, self._ways, self._said):
            part.hide()

    def _make_foot(self) -> QWidget:
        self._kept = QCheckBox(t("console.codes.kept"))
        self._kept.setObjectName("codes.kept")
        self._kept.setProperty("look", "plain")
        self._kept.clicked.connect(self._follow)
        self._done = button(t("console.codes.done"), "codes.done", self._finish)
        foot = QWidget()
        foot.setProperty("look", "plain")
        foot.setLayout(row(self._kept, None, self._done, gap=8))
        self._kept.hide()
        self._done.setEnabled(False)
        return foot

    def add_news(self, text: str) -> None:
        """Say what that means, where there is room for it."""
        if self._roomy:
            self._news.setText(f"{self._news.text()}. {text}")

    def tell(self) -> None:
        """Ask the server for them; it tells them once."""
        self._banner.say("")
        self._again.setEnabled(False)
        self._desk.run(self, self._desk.client.recovery_codes, self.show_codes, self._not_told)

    def show_codes(self, codes: Sequence[str]) -> None:
        """Show these."""
        me = self._desk.session.me
        self._paper = Paper(codes, me.username, me.organisation, self._desk.public_url, clock.now())
        self._grid.show_codes(codes)
        for part in (self._grid, self._ways, self._kept):
            part.show()
        self._done.setDefault(False)
        self._copy.setFocus()
        self.changed.emit()

    @override
    def showEvent(self, event: QShowEvent, /) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self._desk.phone.tell_codes(on=True)

    @override
    def hideEvent(self, event: QHideEvent, /) -> None:
        super().hideEvent(event)
        if not event.spontaneous():  # else only its window is
            self._desk.phone.tell_codes(on=False)

    def may_close(self) -> bool:
        """Tell whether the dialog may close; who has not said that they are kept is warned once."""
        if self._over or self._paper is None or self._warned:
            return True
        self._warned = True
        self._unsaved.say(t("console.codes.unsaved"))
        self.changed.emit()
        return False

    def _not_told(self, error: Exception) -> None:
        self._again.setEnabled(True)
        self._again.setVisible(isinstance(error, Offline))
        self._banner.say(f"{shown(error).text} {t('console.codes.not_told')}")
        self._lead.hide()
        rename(self._done, t("console.close"))
        self._done.setEnabled(True)
        self.changed.emit()

    def _follow(self) -> None:
        kept = self._kept.isChecked()
        self._done.setEnabled(kept)
        self._done.setDefault(kept)
        relook(self._done, "primary" if kept else "")
        relook(self._copy, "" if kept else "primary")
        if kept:
            self._unsaved.say("")
            self.changed.emit()

    def _copy_all(self) -> None:
        if self._paper is not None:
            QGuiApplication.clipboard().setText(self._paper.text)
            self._say(t("console.codes.copied"))

    def _choose(self, ending: str) -> None:
        if (paper := self._paper) is None:
            return
        dialog = QFileDialog(self, t(f"console.codes.save_{ending}"), str(paper.file(ending)))
        dialog.setObjectName(f"codes.{ending}_dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([t(f"console.codes.files_{ending}")])
        dialog.setDefaultSuffix(ending)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.write(Path(chosen), ending))
        dialog.open()

    def write(self, file: Path, ending: str) -> None:
        """Write them to a file, as text or as a page to print."""
        if (paper := self._paper) is None:
            return
        content = paper.pdf() if ending == "pdf" else paper.text.encode()
        work: Callable[[], Path] = lambda: keep(file, content)  # noqa: E731 - typed for what comes back
        self._desk.run(self, work, self._written, self._not_written, slow=True)

    def _written(self, file: Path) -> None:
        self._say(t("console.codes.written", file=file))

    def _not_written(self, error: Exception) -> None:
        self._say("")
        self._again.hide()
        self._banner.say(shown(error).text)
        self.changed.emit()

    def _say(self, text: str) -> None:
        self._banner.say("")
        self._said.setText(text)
        self._said.setVisible(bool(text))
        self.changed.emit()

    def _finish(self) -> None:
        if self._paper is None:
            self._go()
            return
        self._done.setEnabled(False)
        self._desk.run(self, self._desk.client.say_codes_saved, lambda _: self._saved(), self._not_finished)

    def _saved(self) -> None:
        self._desk.phone.note_codes_saved()
        self._go()

    def _not_finished(self, error: Exception) -> None:
        self._done.setEnabled(True)
        self._again.hide()
        self._banner.say(shown(error).text)
        self.changed.emit()

    def _go(self) -> None:
        self._over = True
        self._desk.phone.reload()
        self.finished.emit()
