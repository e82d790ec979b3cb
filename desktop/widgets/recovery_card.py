"""The recovery codes of one's own account: how many are left, since when they are kept, and when some were used."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from desktop.core import moments
from desktop.core.recovery_codes import is_phoneless, trouble_of
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.button import button, rename
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.pips import Pips
from desktop.widgets.text import Text
from server.contract.two_factor import TwoFactor

WHOLE = 10
ROOMY = 1.3


class RecoveryCard(QFrame):
    """`reset_asked`: somebody wants new ones."""

    reset_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("settings.codes")
        self.setProperty("look", "card")
        self.setAccessibleName(t("console.codes.window"))
        self._left = Text("", "strong", name="settings.codes.left")
        self._pips = Pips(WHOLE)
        self._text = Text("", "muted", wrap=True, name="settings.codes.text")
        self._warning = Banner("waiting", "triangle-alert", "settings.codes.warning")
        self._reset = button(t("console.codes.reset"), "settings.codes.reset", self.reset_asked.emit, icon="refresh-cw")
        head = row(Text(t("console.codes.window"), "section"), self._left, None, gap=12)
        words = column(head, 8, row(self._pips, None), 8, self._text)
        if theme().scale < ROOMY:
            inside = row(gap=16)
            inside.addLayout(words, 1)
            inside.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignVCenter)
        else:
            words.addSpacing(theme().px(8))
            words.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignLeft)
            inside = row(gap=0)
            inside.addLayout(words, 1)
        self.setLayout(column(inside, self._warning, gap=12, margins=(20, 16, 20, 16)))

    def show_state(self, state: TwoFactor) -> None:
        """Show these; an account without two-factor authentication has none."""
        self.setVisible(state.enabled)
        left, made = state.recovery_codes_left, state.recovery_codes_made_at
        self._left.setText(t("console.codes.none") if made is None else t("console.codes.left", left=left, whole=WHOLE))
        self._pips.show_left(left)
        self._pips.setVisible(made is not None)
        used = [moments.day(each) for each in state.recovery_codes_used_at]
        saved = state.recovery_codes_saved_at
        parts = [
            t("console.codes.saved_on", date=moments.date(saved)) if saved is not None else "",
            t("console.codes.used_on", dates=_listed(used)) if used else "",
            t("console.codes.means"),
        ]
        self._text.setText(" ".join(part for part in parts if part))
        self._reset.setHidden(is_phoneless(state))  # nothing could confirm it
        rename(self._reset, t("console.codes.reset" if made is not None else "console.codes.first"))
        told = saved is None and not is_phoneless(state)  # by the banner above all pages
        self._warning.say("" if told else trouble_of(state))


def _listed(dates: list[str]) -> str:
    """Return such as `9 Nov and 17 Nov`."""
    *first, last = dict.fromkeys(dates)
    return t("console.codes.dates", first=", ".join(first), last=last) if first else last
