"""Finds what cannot be read on a screen: text cut off, squeezed, overprinted, or shortened without its whole."""

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QCheckBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStyle,
    QStyleOptionButton,
    QStyleOptionFrame,
    QTableView,
    QWidget,
)

from desktop.models.table import MARK_ROLE
from desktop.style.theme import theme
from desktop.widgets.chip import Chip, Mark, chip_size
from desktop.widgets.code import Code
from desktop.widgets.digit_boxes import DigitBoxes
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Elided, Text

MUST_SHOW = (Code, QrCode, DigitBoxes, QPushButton)
"""In a dialog these may not have to be scrolled to."""
MAIN_FACTS = ("confirmation.target", "confirmation.consequence", "delete_user.object", "delete_user.consequence")
"""Nor these, unless somebody's name is as long as a name may be."""
SLACK = 1


def clipped(root: QWidget, *, long_names: bool = False) -> list[str]:
    """Return a line for each thing that cannot be read in this window or dialog."""
    widgets = _seen(root)
    found = [f"{_name(widget)}: {fault}" for widget in widgets for fault in _faults(widget)]
    for widget in widgets:
        must = (isinstance(widget, MUST_SHOW) and widget.isEnabled()) or (
            widget.objectName() in MAIN_FACTS and not long_names
        )
        says = _says_something(widget)
        if not (says or must) or (shown := _shown_part(widget, root)) == widget.rect():
            continue
        if says and not _can_be_scrolled_to(widget, root):
            found.append(f"{_name(widget)}: only {_told(shown)} of {_told(widget.rect())} can be seen")
        if isinstance(root, QDialog) and must and not _in_a_list(widget):
            found.append(f"{_name(widget)}: has to be scrolled to")
    return found + list(_overprinted(root, widgets))


def _seen(root: QWidget) -> list[QWidget]:
    """Return what belongs to this window itself."""
    return [each for each in root.findChildren(QWidget) if each.isVisible() and each.window() is root.window()]


def _faults(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, Elided):
        yield from _elided_faults(widget)
    elif isinstance(widget, (QLabel, QCheckBox)):
        yield from _text_faults(widget)
    elif isinstance(widget, QPushButton):
        if widget.text() and (widget.width() + SLACK < _button_width(widget) or widget.height() < _flat(widget)):
            yield f"{_told(widget.rect())} is too little"
    elif isinstance(widget, (Chip, Code, QrCode, DigitBoxes)):
        wanted = widget.sizeHint()
        if widget.width() < wanted.width() or widget.height() < wanted.height():
            yield f"is {_told(widget.rect())}, and needs {wanted.width()} by {wanted.height()}"
    elif isinstance(widget, QLineEdit):
        yield from _placeholder_faults(widget)
    elif isinstance(widget, QTableView):
        yield from _table_faults(widget)


def _elided_faults(label: Elided) -> Iterator[str]:
    if label.fontMetrics().horizontalAdvance(label.text()) > label.width() and not label.toolTip():
        yield "is shortened, and no tooltip has the whole"
    if label.text() and label.height() + SLACK < label.fontMetrics().height():
        yield "is squeezed"


def _text_faults(label: QLabel | QCheckBox) -> Iterator[str]:
    if not label.text().strip():
        return
    wraps = isinstance(label, QLabel) and label.wordWrap()
    needed = label.heightForWidth(label.width()) if wraps else label.sizeHint().height()
    lines = label.text().split("\n")
    wide = max(label.fontMetrics().horizontalAdvance(word) for word in (label.text().split() if wraps else lines))
    breaks = isinstance(label, Text) and wraps
    if label.height() + SLACK < min(needed, _flat(label)) if not wraps else label.height() + SLACK < needed:
        yield f"is {label.height()} high, and needs {needed}"
    if not breaks and label.contentsRect().width() + SLACK < wide:
        yield f"is {label.width()} wide, and needs {wide}"


def _flat(label: QWidget) -> int:
    """A single line may lose the air around its letters, not the letters."""
    return label.fontMetrics().height()


def _button_width(button: QPushButton) -> int:
    option = QStyleOptionButton()
    button.initStyleOption(option)
    inner = button.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, button)
    icon = 0 if button.icon().isNull() else button.iconSize().width()
    return (
        button.width() - inner.width() + icon + button.fontMetrics().horizontalAdvance(button.text().replace("&&", "&"))
    )


def _placeholder_faults(field: QLineEdit) -> Iterator[str]:
    hint = field.placeholderText()
    option = QStyleOptionFrame()
    field.initStyleOption(option)
    inner = field.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, field)
    margins = field.textMargins()
    room = inner.width() - margins.left() - margins.right() - 4
    if field.fontMetrics().horizontalAdvance(hint) > room and hint not in field.toolTip():
        yield f"its hint does not fit into {room}, and no tooltip has it"
    if field.height() < field.fontMetrics().height():
        yield "is squeezed"


def _table_faults(table: QTableView) -> Iterator[str]:
    px, model = theme().px, table.model()
    head = table.horizontalHeader()
    columns = [column for column in range(model.columnCount()) if not table.isColumnHidden(column)]
    for column in columns:
        words = str(model.headerData(column, Qt.Orientation.Horizontal))
        room = head.sectionSize(column) - px(16 if column == 0 else 12)
        if QFontMetrics(theme().font(12, 600)).horizontalAdvance(words) > room:
            yield f"the heading {words} does not fit into {room}"
    for row in range(model.rowCount()):
        for column in columns:
            index = model.index(row, column, QModelIndex())
            if table.visualRect(index).intersects(table.viewport().rect()):
                room = table.columnWidth(column) - px(16 if column == 0 else 12) - px(4)
                mark, words = index.data(MARK_ROLE), str(index.data() or "")
                if isinstance(mark, Mark):
                    if chip_size(mark).width() > room:
                        yield f"the chip {words} does not fit into {room}"
                elif QFontMetrics(theme().font(13, 500)).horizontalAdvance(words) > room and not _whole(index):
                    yield f"{words} is shortened, and no tooltip has the whole"


def _whole(index: QModelIndex) -> bool:
    return bool(index.data(Qt.ItemDataRole.ToolTipRole))


def _says_something(widget: QWidget) -> bool:
    if isinstance(widget, QLabel):
        return bool(widget.text())
    return isinstance(widget, (*MUST_SHOW, Chip, QCheckBox, QLineEdit))


def _shown_part(widget: QWidget, root: QWidget) -> QRect:
    """Return what of a widget no parent cuts off."""
    shown, here = widget.rect(), widget
    while (parent := here.parentWidget()) is not None and here is not root:
        corner = here.mapTo(parent, QPoint(0, 0))
        shown = shown.translated(corner).intersected(parent.rect()).translated(-corner)
        shown.translate(corner)
        here = parent
    return shown.translated(-widget.mapTo(here, QPoint(0, 0)))


def _can_be_scrolled_to(widget: QWidget, root: QWidget) -> bool:
    """Tell whether the only thing in the way is a scroll area that can be moved there."""
    here: QWidget | None = widget
    while here is not None and here is not root:
        parent = here.parentWidget()
        area = parent.parentWidget() if parent is not None else None
        if isinstance(area, QAbstractScrollArea) and area.viewport() is parent:
            across = area.horizontalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            corner = widget.mapTo(here, QPoint(0, 0))
            inside = QRect(corner, widget.size())
            reach = here.rect() if isinstance(area, QScrollArea) else here.rect().adjusted(0, 0, 9999, 9999)
            fits = across or (inside.left() >= 0 and inside.right() <= parent.rect().right())
            return fits and reach.contains(inside) and _shown_part(area, root) == area.rect()
        here = parent
    return False


def _in_a_list(widget: QWidget) -> bool:
    """A button that belongs to one entry of a list or form goes with it."""
    name = widget.objectName()
    return (
        name.endswith((".eye", ".trust"))
        or ".private_key." in name
        or name.startswith(("approvals.request", "reach.retire.", "reach.browse_", "qt_"))
    )


def _overprinted(root: QWidget, widgets: list[QWidget]) -> Iterator[str]:
    """Find words on words: both seen, neither inside the other, neither on something that lies over the rest."""
    words = [each for each in widgets if isinstance(each, (Text, Code, Chip, QPushButton)) and not _laid_over(each)]
    places = [
        (each, _shown_part(each, root).translated(each.mapTo(root, QPoint(0, 0))))
        for each in words
        if _says_something(each)
    ]
    for (one, here), (other, there) in combinations(places, 2):
        common = here.intersected(there)
        on_each_other = common.width() > 2 and common.height() > 2
        if on_each_other and not one.isAncestorOf(other) and not other.isAncestorOf(one):
            yield f"{_name(one)} and {_name(other)} lie on each other"


def _laid_over(widget: QWidget) -> bool:
    here: QWidget | None = widget
    while here is not None:
        if here.objectName() in ("toast", "approvals", "demo_phone"):
            return True
        here = here.parentWidget()
    return False


def _name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, (QLabel, QPushButton, QCheckBox, Chip)) else ""
    return f"{type(widget).__name__} {widget.objectName()} {text[:40]!r}".replace("  ", " ")


def _told(area: QRect) -> str:
    return f"{area.width()} by {area.height()}"
