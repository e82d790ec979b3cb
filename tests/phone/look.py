"""Looks at a screen as its users do: by eye in both themes, by screen reader, by thumb, with type twice as large."""

import json
import os
from pathlib import Path
from typing import Any

from tests.phone.handset import Handset

THEMES = ("light", "dark")
SIZE = {"width": 390, "height": 844}
ZOOMED = {"width": 195, "height": 422}

AXE = """() => axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.flatMap(
  ({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`)))"""

# A check box counts with its label, which is what the thumb meets.
SMALL = """() => [...document.querySelectorAll('button, a[href], input, textarea, summary')]
  .map((it) => (it.matches('[type=checkbox]') ? it.closest('label') : it))
  .filter((it) => it.checkVisibility() && it.getClientRects().length > 0)
  .filter((it) => { const { width, height } = it.getBoundingClientRect(); return width < 43.5 || height < 43.5; })
  .map((it) => it.outerHTML.slice(0, 160))"""

# What is only heard has no room on purpose.
CUT = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const found = wide > 0 ? [`the page is ${wide} px too wide`] : [];
  for (const it of document.querySelectorAll('h1, h2, h3, p, dt, dd, button, label, span, summary, li, bdi')) {
    if (it.closest('.unseen, [aria-hidden], svg') || !it.checkVisibility()) continue;
    const box = it.getBoundingClientRect();
    const style = getComputedStyle(it);
    const clips = style.overflowX !== 'visible' && style.display !== 'inline';
    if (clips && it.scrollWidth > it.clientWidth + 1) found.push(`cut off: ${it.outerHTML.slice(0, 160)}`);
    const outside = box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
    if (outside) found.push(`outside: ${it.outerHTML.slice(0, 160)}`);
    if (style.textOverflow === 'ellipsis') found.push(`would end in dots: ${it.outerHTML.slice(0, 160)}`);
  }
  const room = document.querySelector('main')?.clientHeight ?? 0;
  if (room < 100) found.push(`only ${room} px are left for what is read`);
  for (const it of document.querySelectorAll('.answer-bar button')) {
    const { top, bottom } = it.getBoundingClientRect();
    if (top < -1 || bottom > innerHeight + 1) found.push(`out of sight: ${it.outerHTML.slice(0, 160)}`);
  }
  for (const it of document.querySelectorAll('footer button')) {
    it.scrollIntoView({ block: 'nearest' });
    const { top, bottom } = it.getBoundingClientRect();
    if (top < -1 || bottom > innerHeight + 1) found.push(`out of reach: ${it.outerHTML.slice(0, 160)}`);
  }
  document.querySelector('.screen')?.scrollTo(0, 0);
  return found;
}"""

# What decides: digits to compare, boxes to type into, what went wrong. At first sight, and under nothing.
# In Settings what is wrong with an account stands with the account.
DECISIVE = """() => {
  const found = [];
  const dialog = document.querySelector('dialog[open]');
  const seen = (it, x, y) => x >= 0 && y >= 0 && x <= innerWidth && y <= innerHeight
    && it.contains(document.elementFromPoint(Math.min(x, innerWidth - 1), Math.min(y, innerHeight - 1)));
  for (const it of document.querySelectorAll('.sas, .code-field, .scanned, [role=alert]:not(.account-card *)')) {
    if (!it.checkVisibility() || (dialog !== null && !dialog.contains(it))) continue;
    const { left, right, top, bottom, width, height } = it.getBoundingClientRect();
    if (height === 0) continue;
    const [x, y] = [left + width / 2, top + height / 2];
    // What is longer than there is room for at least begins in sight.
    const points = height > (document.querySelector('main')?.clientHeight ?? innerHeight) - 32 ? [[x, top + 1]]
      : [[x, y], [x, top + 1], [x, bottom - 1], [left + 1, y], [right - 1, y]];
    if (!points.every(([x, y]) => seen(it, x, y))) found.push(`not in sight: ${it.outerHTML.slice(0, 160)}`);
  }
  for (const it of document.querySelectorAll('footer, nav')) {
    const share = it.getBoundingClientRect().height / innerHeight;
    if (share > 0.34) found.push(`${Math.round(share * 100)} % are covered: ${it.outerHTML.slice(0, 160)}`);
  }
  for (const it of document.querySelectorAll('h1, h2')) {
    const style = getComputedStyle(it);
    const context = document.createElement('canvas').getContext('2d');
    context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    for (const word of it.innerText.split(/[\\s-]+/)) {
      const wide = context.measureText(word).width > it.clientWidth + 1;
      if (wide && it.checkVisibility()) found.push(`broken within a word: ${it.outerHTML.slice(0, 160)}`);
    }
  }
  return found;
}"""

# Of those who want none; what moves by itself counts as well as what slides.
MOVES = """() => [...document.querySelectorAll('*')].filter((it) => {
  const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(it);
  return /[1-9]/.test(transitionDuration) || animationName !== 'none' || scrollBehavior === 'smooth';
}).map((it) => it.outerHTML.slice(0, 160))"""

# Two pictures later whatever follows a change of size has followed.
SETTLED = "() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"


class Look:
    """Keeps a picture of every screen in both themes, and all that is wrong with them."""

    def __init__(self, axe: str, pictures: Path) -> None:
        """Take axe-core's text; pictures go to a folder."""
        self._axe = axe
        self.pictures = Path(os.environ.get("COUNTERSIGN_PICTURES") or pictures)
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.seen: list[str] = []
        self.wrong: dict[str, Any] = {}

    def at(self, handset: Handset, name: str) -> None:
        """Look at the screen that is shown now."""
        page = handset.page
        if not page.evaluate("'axe' in window"):
            page.evaluate(self._axe)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            self._note(name, f"axe, {theme}", page.evaluate(AXE))
            page.screenshot(path=self.pictures / f"phone-{name}-{theme}.png")
        self._note(name, "moves all the same", page.evaluate(MOVES))
        self._note(name, "smaller than a thumb", page.evaluate(SMALL))
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        self.at_large(handset, name)
        page.evaluate("document.documentElement.style.fontSize = ''")
        page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
        self._note(name, "zoom of 200 %", page.evaluate(CUT))
        page.screenshot(path=self.pictures / f"phone-{name}-zoomed.png")
        page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        self.seen.append(name)

    def at_large(self, handset: Handset, name: str) -> None:
        """Look at the screen as it is with type twice as large."""
        page = handset.page
        page.evaluate(SETTLED)
        self._note(name, "at first sight, type of 200 %", page.evaluate(DECISIVE))
        page.screenshot(path=self.pictures / f"phone-{name}-large.png")
        self._note(name, "type of 200 %", page.evaluate(CUT))

    def _note(self, name: str, what: str, found: list[str]) -> None:
        if found:
            self.wrong.setdefault(name, {})[what] = found

    def judge(self) -> None:
        """Fail with all that was wrong on any screen."""
        assert not self.wrong, json.dumps(self.wrong, indent=1, ensure_ascii=False)
