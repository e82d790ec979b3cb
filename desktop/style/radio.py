"""The round indicator of a radio button, painted: a style sheet's own circle has steps at its edge."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from desktop.style.tokens import Tokens

STATES = ("radio", "radio_focus", "radio_chosen", "radio_chosen_focus")


def picture(state: str, tokens: Tokens, size: int, scale: float) -> QPixmap:
    """Return one of the `STATES`, so many points across."""
    across = round(size * scale)
    drawn = QPixmap(across, across)
    drawn.fill(Qt.GlobalColor.transparent)
    chosen, focus = "chosen" in state, "focus" in state
    if chosen:
        edge, ground, thick = "text" if focus else "accent", "on_accent", across * 5 / 16
    else:
        edge, ground, thick = "accent" if focus else "field_line", "card", scale * (2 if focus else 1)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for colour, inset in ((edge, 0.0), (ground, thick)):
        painter.setBrush(QColor(tokens.colour(colour)))
        painter.drawEllipse(QRectF(0, 0, across, across).adjusted(inset, inset, -inset, -inset))
    painter.end()
    drawn.setDevicePixelRatio(scale)
    return drawn
