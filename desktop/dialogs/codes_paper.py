"""Recovery codes on paper or in a file: with whose they are, where they open, and how they are used."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPageLayout, QPageSize, QPainter, QPdfWriter

from desktop.core import moments
from desktop.core.words import t

DPI = 300
MARGIN_MM = 22
MONO = ("DejaVu Sans Mono", "Menlo", "Consolas", "monospace")


@dataclass(frozen=True)
class Paper:
    """What is kept."""

    codes: Sequence[str]
    username: str
    organisation: str
    url: str
    made_at: datetime

    @property
    def facts(self) -> list[str]:
        """Whose they are, where they open, and since when."""
        return [
            t("console.codes.paper.account", username=self.username, organisation=self.organisation),
            t("console.codes.paper.server", url=self.url),
            t("console.codes.paper.made", date=f"{moments.date(self.made_at)}, {moments.short(self.made_at)}"),
        ]

    @property
    def text(self) -> str:
        """Return it as plain text."""
        codes = [f"{number:2}. {code}" for number, code in enumerate(self.codes, start=1)]
        parts = [t("console.codes.paper.title"), *self.facts, "", *codes, "", t("console.codes.paper.use")]
        return "\n".join(parts) + "\n"

    def pdf(self) -> bytes:
        """Return it as a page to print."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QPdfWriter(buffer)
        writer.setTitle(t("console.codes.paper.title"))
        writer.setCreator("Countersign")
        writer.setResolution(DPI)
        margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
        size = QPageSize(QPageSize.PageSizeId.A4)
        writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter))
        painter = QPainter(writer)
        _Pen(painter, QRectF(0, 0, writer.width(), writer.height())).write(self)
        painter.end()
        return bytes(buffer.data().data())

    def file(self, ending: str) -> Path:
        """Return where it is kept unless somebody chooses another place."""
        who = "".join(each if each.isalnum() or each in "-_." else "_" for each in self.username)
        return Path.home() / f"countersign-recovery-codes-{who}.{ending}"


class _Pen:
    """Writes from the top of a page down."""

    def __init__(self, painter: QPainter, area: QRectF) -> None:
        self._painter, self._area, self._top = painter, area, 0.0

    def write(self, paper: Paper) -> None:
        self._text(t("console.codes.paper.title"), _font(20, QFont.Weight.DemiBold), below=6)
        for fact in paper.facts:
            self._text(fact, _font(11), below=2)
        self._top += _points(16)
        half = (len(paper.codes) + 1) // 2
        mono = QFont(_font(14))
        mono.setFamilies(list(MONO))
        step = _points(30)
        self._painter.setFont(mono)
        for place, code in enumerate(paper.codes):
            left = self._area.width() / 2 * (place // half)
            line = QRectF(left, self._top + step * (place % half), self._area.width() / 2, step)
            across = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            self._painter.drawText(line, across, f"{place + 1:2}.  {code}")
        self._top += step * half + _points(16)
        self._text(t("console.codes.paper.use"), _font(11))

    def _text(self, text: str, font: QFont, *, below: float = 0) -> None:
        self._painter.setFont(font)
        room = QRectF(0, self._top, self._area.width(), self._area.height() - self._top)
        flags = Qt.AlignmentFlag.AlignLeft.value | Qt.TextFlag.TextWrapAnywhere.value | Qt.TextFlag.TextWordWrap.value
        self._painter.drawText(room, flags, text)
        high = QFontMetricsF(font, self._painter.device()).boundingRect(room, flags, text).height()
        self._top += high + _points(below)


def keep(file: Path, content: bytes) -> Path:
    """Write a file that its owner alone may read; blocks."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as opened:
        if os.name == "posix":
            os.fchmod(handle, 0o600)  # also where there was a file that others could read
        opened.write(content)
    return file


def _font(points: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QFont()
    font.setPointSizeF(points)
    font.setWeight(weight)
    return font


def _points(points: float) -> float:
    return points * DPI / 72
