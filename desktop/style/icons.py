"""Lucide icons in the theme's colours; where they were not built, Qt's own stand in."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyle

from resources import path

STROKE = "1.75"
MARK_SIZES = (16, 24, 32, 48, 64, 128, 256)


def icon(name: str, colour: str, size: int = 16, gap: int = 0, disabled: str | None = None) -> QIcon:
    """Return an icon of one colour, sharp on screens of one and two pixels a point, with air at its right."""
    made = QIcon()
    for scale in (1, 2):
        made.addPixmap(pixmap(name, colour, size, scale, gap))
        if disabled:
            made.addPixmap(pixmap(name, disabled, size, scale, gap), QIcon.Mode.Disabled)
    return made


def mark(size: int) -> QImage:
    """Return the program's own icon as a picture; the packages draw it before there is an application."""
    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(str(path("icon.svg"))).render(painter)
    painter.end()
    return picture


def window_icon() -> QIcon:
    """Return the program's own icon for windows and task bars."""
    made = QIcon()
    for size in MARK_SIZES:
        made.addPixmap(QPixmap.fromImage(mark(size)))
    return made


def pixmap(name: str, colour: str, size: int, scale: float = 1, gap: int = 0) -> QPixmap:
    """Return an icon as a picture."""
    picture = QPixmap(QSize(round((size + gap) * scale), round(size * scale)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint(painter, name, colour, QRectF(0, 0, size * scale, size * scale))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture


def paint(painter: QPainter, name: str, colour: str, area: QRectF) -> None:
    """Draw an icon into an area."""
    renderer = _renderer(name, colour)
    if renderer is not None:
        renderer.render(painter, area)
        return
    style = QApplication.style()
    standard = style.standardIcon(_STANDARD.get(name, QStyle.StandardPixmap.SP_FileIcon))
    standard.paint(painter, area.toRect())
    if name not in _STANDARD:
        painter.setPen(QColor(colour))


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer | None:
    text = _svg(name)
    if text is None:
        return None
    drawn = text.replace("currentColor", colour).replace('stroke-width="2"', f'stroke-width="{STROKE}"')
    return QSvgRenderer(QByteArray(drawn.encode()))


@cache
def _svg(name: str) -> str | None:
    try:
        return path("built", "icons", f"{name}.svg").read_text("utf-8")
    except OSError:
        return None


_Standard = QStyle.StandardPixmap
_STANDARD = {
    "check": _Standard.SP_DialogApplyButton,
    "chevron-down": _Standard.SP_ArrowDown,
    "chevron-left": _Standard.SP_ArrowLeft,
    "chevron-right": _Standard.SP_ArrowRight,
    "chevron-up": _Standard.SP_ArrowUp,
    "circle-check": _Standard.SP_DialogApplyButton,
    "circle-x": _Standard.SP_DialogCancelButton,
    "download": _Standard.SP_DialogSaveButton,
    "info": _Standard.SP_MessageBoxInformation,
    "laptop": _Standard.SP_ComputerIcon,
    "refresh-cw": _Standard.SP_BrowserReload,
    "search": _Standard.SP_FileDialogContentsView,
    "server": _Standard.SP_DriveNetIcon,
    "trash-2": _Standard.SP_TrashIcon,
    "triangle-alert": _Standard.SP_MessageBoxWarning,
    "x": _Standard.SP_TitleBarCloseButton,
}
