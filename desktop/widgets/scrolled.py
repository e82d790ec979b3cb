"""What a page holds, scrolled where it is higher than the room there is; the bar stands in the air at its right."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


def scrolled(content: QVBoxLayout) -> QScrollArea:
    """Return an area around `content`, whose right margin is at least as wide as the bar: nothing moves for it."""
    inner = QWidget()
    inner.setProperty("look", "plain")
    inner.setLayout(content)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    bar, air = area.verticalScrollBar(), content.contentsMargins()
    left, top, right, bottom = air.left(), air.top(), air.right(), air.bottom()
    bar.rangeChanged.connect(
        lambda _, most: content.setContentsMargins(left, top, right - bar.width() if most else right, bottom)
    )
    return area
