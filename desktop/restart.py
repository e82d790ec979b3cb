"""One change of how phones reach the server of this console: carried out, and followed until the server answers."""

from PySide6.QtCore import QObject, Signal

from desktop.core.words import t
from desktop.keeper import Keeper
from desktop.reaching import BACK, Plan, carry_out, in_words
from desktop.service.service import Refused

SETTINGS, START, JOIN = range(3)
"""The steps of it."""


class Restart(QObject):
    """Outlives who began it: a server that does not start after nobody watches is put back by itself."""

    went = Signal(int)
    """Which step is under way."""

    joined = Signal()
    refused = Signal(str)
    """Nothing was changed, and why."""

    failed = Signal(str)
    """The server does not start with it, in its own words."""

    said = Signal(str, str)
    """What is told to somebody who watches no more, and its tone."""

    def __init__(self, keeper: Keeper, plan: Plan, *, broken: bool = False) -> None:
        super().__init__(keeper)
        self.plan = plan
        self.broken = broken
        """The server does not start with what is written now."""
        self._keeper = keeper
        self._ended = self._over = self._left = False
        keeper.changed.connect(self._follow)
        keeper.host.failed.connect(self._fail)

    def begin(self) -> None:
        """Write the settings, then start the server anew."""
        folder = self._keeper.host.folder
        self.went.emit(SETTINGS)
        self._keeper.restart(self, lambda: carry_out(self.plan, folder), self._stop, self._refuse)

    def leave(self) -> None:
        """Nobody watches any more."""
        self._left = True
        if self._over and self.broken:
            self._put_back()
        elif self._over:
            self.deleteLater()

    def _stop(self) -> None:
        self._ended = True
        self._follow()

    def _follow(self) -> None:
        """What was told before the server of before has ended was about that one."""
        if not self._ended or self._over:
            return
        if self._keeper.host.serving is None:
            self.went.emit(START)
        else:
            self._over, self.broken = True, False
            self.went.emit(JOIN)
            self.joined.emit()
            self._finish()

    def _fail(self, words: str) -> None:
        if self._ended and not self._over:
            self._over = self.broken = True
            self.failed.emit(in_words(words))
            self._finish()

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, (Refused, OSError)):
            raise error
        self._over = True
        self.refused.emit(str(error))
        self._finish()

    def _finish(self) -> None:
        if self._left:
            self.leave()

    def _put_back(self) -> None:
        if self.plan is BACK or self._keeper.host.serving is not None:
            self.deleteLater()
            return
        back = Restart(self._keeper, BACK)
        back.said.connect(self.said)
        back.destroyed.connect(self.deleteLater)
        back.refused.connect(lambda words: back.said.emit(words, "bad"))
        back.joined.connect(lambda: back.said.emit(t("console.reach.went_back"), "plain"))
        back.begin()
        back.leave()
