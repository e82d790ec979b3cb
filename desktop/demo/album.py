"""What the headless demo leaves to look at: one page of its steps, console and phone side by side, and an animation."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

PAGE, ANIMATION = "index.html", "story.webp"
FRAME = (1120, 600)
"""Pixels of the animation: the console at 5/8 of its size, the phone beside it, and a line below."""
CONSOLE, PHONE, LINE = QRect(16, 16, 800, 500), QRect(840, 16, 264, 572), QRect(16, 528, 800, 56)
GROUND, TEXT, MUTED = "#0f1218", "#eceff5", "#94a0b4"
A_STEP_MS = 2600

_STYLE = """
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --line: #e4e7ec; --text: #101828; --muted: #667085 }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0f1218; --card: #181d27; --line: #272d3a; --text: #eceff5; --muted: #94a0b4 }
}
body { margin: 0 auto; max-width: 1180px; padding: 40px 24px; background: var(--ground); color: var(--text);
  font: 15px/24px Inter, system-ui, sans-serif }
h1 { font-size: 28px; line-height: 36px; margin: 0 0 8px }
p { margin: 0; color: var(--muted) }
ol { list-style: none; padding: 0; margin: 32px 0 0; display: grid; gap: 24px }
li { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px;
  display: grid; gap: 16px }
li > p { color: var(--text) }
b { color: var(--muted); font-variant-numeric: tabular-nums; padding-right: 12px }
figure { margin: 0; display: grid; gap: 20px; align-items: start; grid-template-columns: minmax(0, 3fr) minmax(0, 1fr) }
img { width: 100%; height: auto; display: block; border: 1px solid var(--line); border-radius: 8px }
@media (max-width: 700px) { figure { grid-template-columns: minmax(0, 1fr) } }
"""


class _Step(NamedTuple):
    line: str
    console: str
    phone: str


@dataclass
class Album:
    """A picture is named without its ending, and exists in light and in dark."""

    folder: Path
    _steps: list[_Step] = field(default_factory=list)

    def tell(self, line: str, console: str = "", phone: str = "") -> int:
        """Add a step, with what console and phone show at it where that is to be seen; return its number."""
        self._steps.append(_Step(line, console, phone))
        return len(self._steps)

    def close(self, title: str, by: str) -> list[Path]:
        """Write the page and, where Pillow is installed, the animation; return what was written."""
        steps = "\n".join(self._item(number, step) for number, step in enumerate(self._steps, 1))
        head = f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        head += f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style>\n'
        page = self.folder / PAGE
        page.write_text(
            f"{head}<h1>{escape(title)}</h1>\n<p>{escape(by)}</p>\n<ol>\n{steps}\n</ol>\n</html>\n", encoding="utf-8"
        )
        animation = self.folder / ANIMATION
        return [page, animation] if self._animate(animation) else [page]

    def _item(self, number: int, step: _Step) -> str:
        line, told = escape(step.line), f"<p><b>{number}</b>{escape(step.line)}</p>"
        if not step.console:
            return f'<li id="step-{number}">{told}</li>'
        pictures = "".join(
            f'<picture><source media="(prefers-color-scheme: dark)" srcset="{name}-dark.png">'
            f'<img loading="lazy" src="{name}-light.png" alt="{side}: {line}"></picture>'
            for side, name in (("Console", step.console), ("Phone", step.phone))
        )
        return f'<li id="step-{number}">{told}\n<figure>{pictures}</figure></li>'

    def _animate(self, file: Path) -> bool:
        """Draw one frame a step that is to be seen."""
        try:
            from PIL import Image  # noqa: PLC0415 - only the demo needs it, and a packaged one goes without
        except ImportError:
            return False
        frames = [Image.frombytes("RGB", FRAME, _rgb(self._frame(step))) for step in self._steps if step.console]
        frames[0].save(file, save_all=True, append_images=frames[1:], duration=A_STEP_MS, loop=0, quality=85)
        return True

    def _frame(self, step: _Step) -> QImage:
        frame = QImage(*FRAME, QImage.Format.Format_RGB888)
        frame.fill(QColor(GROUND))
        painter = QPainter(frame)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for place, name in ((CONSOLE, step.console), (PHONE, step.phone)):
            _draw(painter, place, QImage(str(self.folder / f"{name}-dark.png")))
        font = QFont("Inter")
        font.setPixelSize(18)
        painter.setFont(font)
        painter.setPen(QColor(TEXT))
        painter.drawText(LINE, Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, step.line)
        painter.end()
        return frame


def _draw(painter: QPainter, place: QRect, picture: QImage) -> None:
    """Draw a picture as large as it fits, from the top left of its place."""
    shown = picture.scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    painter.drawImage(place.topLeft(), shown)
    painter.setPen(QColor("#272d3a"))
    painter.drawRect(QRect(place.topLeft(), shown.size()).adjusted(-1, -1, 0, 0))


def _rgb(image: QImage) -> bytes:
    """Return the pixels without what pads each line."""
    width, across = image.width() * 3, image.bytesPerLine()
    data = bytes(image.constBits())
    return b"".join(data[row * across : row * across + width] for row in range(image.height()))
