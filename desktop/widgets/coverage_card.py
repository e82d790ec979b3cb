"""What an authenticator app confirms here, and what it does not: the older method, said plainly."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from desktop.core.told import action_name
from desktop.core.words import t
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.facts import Facts
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text
from server.contract.action import ActionInfo
from server.contract.two_factor import TwoFactor

OF_ITSELF = frozenset({"two_factor.enable", "two_factor.change_method"})
"""What makes an app the method is no example of what the app covers."""
LABEL = 104


class CoverageCard(QFrame):
    """It is there before anybody chooses, too."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("settings.totp")
        self.setProperty("look", "card")
        self._facts = Facts(label=LABEL, name="settings.totp.facts")
        chip = Chip(Mark(t("console.method.older"), "off", dot=False))
        words = column(
            row(Text(t("console.method.totp_long"), "section"), chip, None, gap=8),
            Text(t("console.method.totp_text"), "muted", wrap=True),
            self._facts,
            gap=6,
        )
        tile = Tile("key-round", "muted", ground="background", edge="line", size=32, inner=16)
        inside = row(tile, gap=16, margins=(20, 16, 20, 16))
        inside.addLayout(words, 1)
        inside.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        self.setLayout(inside)

    def show_coverage(self, covered: Sequence[str], uncovered: Sequence[str]) -> None:
        """Show which actions it confirms, and which it does not."""
        facts = [(t("console.method.confirms"), named(covered)), (t("console.method.not_covered"), named(uncovered))]
        self._facts.show_facts(facts)


def named(actions: Sequence[str]) -> str:
    """Return the names of actions as a list in a sentence."""
    return ", ".join(action_name(each) for each in actions)


def coverage_of(state: TwoFactor, actions: Sequence[ActionInfo]) -> tuple[list[str], list[str]]:
    """Return the actions that an authenticator app confirms here, signing in first, and all others."""
    covered = sorted(state.totp_confirms, key=lambda name: (name != "sign_in", action_name(name)))
    others = [each.name for each in actions if each.name not in (*covered, *OF_ITSELF)]
    return covered, sorted(others, key=action_name)
