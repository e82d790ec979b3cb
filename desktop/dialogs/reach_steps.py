"""The later steps of letting phones connect, each a page that knows no server."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QWidget

from desktop.core.authority import in_lines
from desktop.core.firewall import SYSTEMS, rule, this_system
from desktop.core.naming import as_ip
from desktop.core.proxy import Proxy
from desktop.core.reach import (
    Check,
    Outcome,
    app_of,
    checks_of,
    fault_of_files,
    forwarding_help,
    host_of,
    is_installing,
    name_help,
    phones_find,
    ports_of,
    proxy_of,
    upstream_of,
    where,
)
from desktop.core.words import t
from desktop.reaching import Plan
from desktop.server_process import program
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.checks import Checks
from desktop.widgets.copyable import Copyable
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Text
from server.contract.reach import Reach

STEPS_OWN, STEPS_APP = ("scan", "compare", "install", "open"), ("scan", "add")
NUMBERS = {"scan": 1, "compare": 2, "install": 3, "open": 4, "add": 2}


class CertificateStep(QWidget):
    """What the console does by itself: settings, start, and finding the server again."""

    def __init__(self, *, narrow: bool) -> None:
        super().__init__()
        self._title = Text("", "title", wrap=True, name="reach.certificate.title")
        self._text = Text("", "muted", wrap=True, name="reach.certificate.text")
        self._text.selectable()
        self._checks = Checks(narrow=narrow, name="reach.certificate.checks")
        self._banner = Banner("bad", "triangle-alert", "reach.certificate.failed")
        self.setLayout(column(self._title, self._text, self._checks, self._banner, None, gap=12))

    def show_progress(self, plan: Plan, done: int) -> None:
        """Tell how far it is."""
        title = "working_title" if plan.lets_in else f"working_title.{plan.words[0].replace('-', '_')}"
        self._title.setText(t(f"console.reach.{title}", host=plan.host))
        self._text.setText(t("console.reach.working_text"))
        self._banner.say("")
        self._show(done, failed=False)

    def fail(self, done: int, words: str, text: str) -> None:
        """Tell that the server does not start with it, in its own words, and by `text` what comes of that."""
        self._title.setText(t("console.reach.working_failed"))
        self._text.setText(text)
        self._banner.say(words)
        self._show(done, failed=True)

    def _show(self, done: int, *, failed: bool) -> None:
        names = ("settings", "start", "join")
        states = ["ok"] * done + ["failed" if failed else "now"] + ["later"] * len(names)
        told = zip(names, states, strict=False)
        self._checks.show_checks(
            [Check(name, t(f"console.reach.working.{name}.{state}"), state) for name, state in told]
        )


class InstallStep(QWidget):
    """One QR code: to the page from which the phone takes the authority, or to the app where it trusts us already."""

    def __init__(self, *, side: int) -> None:
        super().__init__()
        self._qr = QrCode("reach.install.qr")
        self._address = Text("", "small-muted", wrap=True, name="reach.install.address").selectable()
        self._title = Text("", "title", wrap=True)
        self._lead = Text("", "muted", wrap=True)
        self._banner = Banner("bad", "triangle-alert", "reach.install.banner")
        self._print = Text("", "mono", wrap=True, name="reach.install.fingerprint").selectable()
        inner = column(Text(t("console.reach.fingerprint"), "strong"), self._print, gap=4, margins=(12, 8, 12, 8))
        self._well = box("well", inner)
        self._steps = {name: _step(number, name) for name, number in NUMBERS.items()}
        self._own = False
        self.missing = False
        """There is no page to open, as far as is known."""
        left = column(gap=8)
        left.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignHCenter)
        left.addWidget(self._address)
        left.addStretch(1)
        self._code = QWidget()
        self._code.setProperty("look", "plain")
        self._code.setLayout(left)
        self._upstream = upstream("reach.install.upstream", roomy=bool(side))
        parts = (self._upstream, *self._steps.values(), self._well)
        right = column(self._title, self._lead, self._banner, *parts, None, gap=10)
        self.setLayout(_beside(self._code, right, side))

    def show_reach(self, reach: Reach, *, here: bool) -> None:
        """Say what to do for this way of reaching the server; `here` is whether it is one of this computer's."""
        own = reach.authority is not None
        self._upstream.show_value(upstream_of(reach) if here else "")
        self._title.setText(t("console.reach.install_title" if own else "console.reach.app_title"))
        self._lead.setText(t("console.reach.install_lead" if own else f"console.reach.app_lead.{reach.how}"))
        self._own = own
        self._show_way(missing=False)
        self._print.setText(in_lines(reach.authority.fingerprint) if reach.authority else "")
        if not own:
            self.show_url(app_of(reach.origin))

    def show_url(self, url: str) -> None:
        """Show where the phone is to go."""
        self._qr.show_text(url)
        self._address.setText(url)
        self._banner.say("")
        self._show_way(missing=False)

    def fail(self, words: str) -> None:
        """Say why there is no page to open."""
        self._banner.say(words)
        self._show_way(missing=True)

    def _show_way(self, *, missing: bool) -> None:
        """Show the code and what to do with it, unless it is missing."""
        self.missing = missing
        for each in (self._code, self._lead):
            each.setVisible(not missing)
        for name, part in self._steps.items():
            part.setVisible(not missing and name in (STEPS_OWN if self._own else STEPS_APP))
        self._well.setVisible(not missing and self._own)


class PhoneStep(QWidget):
    """Waits for the phone, and says which step failed and what to do about it."""

    turned = Signal()
    """To the rule of another system: another size."""

    def __init__(self, *, roomy: bool) -> None:
        super().__init__()
        self._roomy = roomy
        self._tile = Tile("smartphone")
        self._title = Text("", "section", wrap=True, name="reach.phone.title")
        self._text = Text("", "muted", wrap=True, name="reach.phone.text")
        self._waited = Text("", "strong", name="reach.phone.waited").tabular()
        head = row(self._tile, gap=16)
        head.addLayout(column(self._title, self._text, gap=2), 1)
        head.addWidget(self._waited, 0, Qt.AlignmentFlag.AlignTop)
        self._checks = Checks(narrow=not roomy, name="reach.checks")
        self.led: Sequence[str] | None = None
        """Where this console has found the name to lead, see `name_of`."""
        self.shape: tuple[str, ...] = ()
        """What is told, by which the room that it takes changes."""
        self._advice = _Advice()
        self._advice.turned.connect(self.turned)
        self._help = Banner("waiting", "shield-alert", "reach.help")
        self.setLayout(column(head, self._checks, self._help, self._advice, None, gap=16 if roomy else 8))

    def show_outcome(
        self,
        reach: Reach,
        outcome: Outcome,
        waited: float,
        proxy: Proxy | None = None,
        *,
        here: bool = True,
        change: bool = False,
    ) -> None:
        """Tell how it goes; `proxy` as for `proxy_of`, `here` is whether the server is one of this computer's.

        `change` is whether two-factor authentication is on already, so that nothing here leads on to enrolling.
        """
        reached = outcome is Outcome.REACHED
        failed = outcome not in (Outcome.WAITING, Outcome.REACHED)
        title = "nothing" if outcome is Outcome.NOTHING else "kept_out" if failed else "waiting"
        text = "waiting_app" if reach.authority is None else "waiting_own" if reach.install else "waiting_bare"
        if outcome in (Outcome.WAITING, Outcome.NOTHING) and is_installing(reach):
            title, text = "installing", "installing_text"
        if title == "kept_out":
            text = "kept_out_text"
        if reached and reach.reached is not None:
            self._title.setText(t("console.reach.reached", ip=reach.reached.ip))
            self._text.setText(t("console.reach.reached_change" if change else "console.reach.reached_text"))
        else:
            self._title.setText(t(f"console.reach.{title}"))
            self._text.setText(t(f"console.reach.{text}"))
        self._tile.show_icon("circle-check" if reached else "smartphone", "good" if reached else "accent")
        self._tile.show_ground("good_ground" if reached else "tint")
        seconds = int(waited)
        self._waited.setText("" if reached else f"{seconds // 60}:{seconds % 60:02d}")
        self._waited.setAccessibleName(t("console.reach.waited", seconds=seconds))
        checks = checks_of(reach, outcome, self.led)
        front = proxy_of(reach.origin, proxy)
        down = reach.how == "proxy" and front.state == "failed" and outcome in (Outcome.WAITING, Outcome.NOTHING)
        if down:  # which is why nothing arrives
            checks = (*checks[:2], front, *(each for each in checks[2:] if each.state != "failed"))
        deaf = name_help(reach, checks[1], here=here) if failed else ""
        blocked = outcome is Outcome.NOTHING and not upstream_of(reach) and not deaf
        told_below = blocked and not self._roomy
        told_here = _folded(checks, roomy=self._roomy) if failed else checks
        told_here = [each for each in told_here if not (told_below and each.name == "through")]
        self._checks.show_checks(told_here)
        self._checks.setVisible(bool(told_here))
        self._advice.setVisible(blocked)
        if blocked:
            self._advice.show_way(reach, here=here)
        lost = name_help(reach, checks[0], here=here) if failed else ""
        told = help_of(reach, outcome, here=here, lost=bool(lost)) if failed and not blocked and not deaf else ""
        told = name_help(reach, front, here=here) if down else told
        both = (deaf or told,) if outcome is Outcome.WRONG_NAME else (lost, deaf, told)
        self._help.say(" ".join(filter(None, both)))
        self.shape = (outcome, text, *(each.name for each in checks))


class _Advice(QWidget):
    """Nothing has arrived: the firewall's rule, for each system's own, to be copied."""

    turned = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._ports: Sequence[int] = ()
        self._here = True
        self._title = Text("", "strong", wrap=True, name="reach.firewall.title")
        self._text = Text("", "muted", wrap=True, name="reach.firewall.text")
        self._how = Text("", "muted", wrap=True)
        self._rule = Text("", "mono", wrap=True, name="reach.firewall.rule").selectable()
        self._group = QButtonGroup(self)
        tabs = row(gap=12)
        for place, system in enumerate(SYSTEMS):
            tab = button(t(f"console.reach.system.{system}"), f"reach.firewall.{system}", look="tab")
            tab.setCheckable(True)
            self._group.addButton(tab, place)
            tabs.addWidget(tab)
        tabs.addStretch(1)
        copy = button(t("console.reach.copy_rule"), "reach.firewall.copy", self._copy, icon="copy", small=True)
        tabs.addWidget(copy)
        self._group.button(SYSTEMS.index(this_system())).setChecked(True)
        self._group.idClicked.connect(lambda _: self._show())
        self._group.idClicked.connect(self.turned)
        inner = column(self._title, self._text, tabs, self._how, self._rule, gap=6, margins=(16, 12, 16, 12))
        self.setLayout(column(box("card", inner)))

    def show_way(self, reach: Reach, *, here: bool) -> None:
        """Show the rule for the ports at which it listens, and what can be told from what the phone has shown.

        `here` is whether the server is one of this computer's; of another nobody knows which system it has.
        """
        got_page = reach.install is not None and reach.install.opened is not None
        why = "page" if got_page else "text" if reach.install is not None else "files"
        named = as_ip(host_of(reach)) is None  # the page came by an address, so it tells nothing of the name
        named = named and not phones_find(reach)
        place = where(here=here)
        name = t(f"console.reach.firewall_name.{place}") if named else ""
        told = t(f"console.reach.firewall_{why}.{place}")
        self._text.setText(" ".join(filter(None, (told, forwarding_help(reach), name))))
        if here != self._here:
            self._here = here
            self._group.button(SYSTEMS.index(this_system() if here else "ufw")).setChecked(True)
            self._ports = ()
        if (ports := ports_of(reach)) != self._ports:
            self._ports = ports
            self._show()

    def _show(self) -> None:
        system = SYSTEMS[self._group.checkedId()]
        self._title.setText(t("console.reach.firewall", port=self._ports[0] if self._ports else ""))
        self._how.setText(t(f"console.reach.firewall.{system}"))
        self._rule.setText(rule(system, self._ports, program()[0] if self._here else ""))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._rule.text())


def upstream(name: str, *, roomy: bool) -> Copyable:
    """Return what tells where a proxy has to forward to."""
    return Copyable(t("console.reach.upstream"), t("console.reach.upstream_text"), name, roomy=roomy)


def _folded(checks: Sequence[Check], *, roomy: bool) -> Sequence[Check]:
    """Leave the room to what is amiss: what is well takes one line, or none where there is little room."""
    fine = ", ".join(t(f"console.check.{each.name}") for each in checks if each.state == "ok")
    amiss = [each for each in checks if each.state == "failed"]
    return [Check("fine", fine, "ok"), *amiss] if fine and roomy else amiss


def help_of(reach: Reach, outcome: Outcome, *, here: bool, lost: bool) -> str:
    """Say what to do; `lost` is that this computer does not find the name that phones are to call either."""
    key, asked = outcome.value, reach.refused.name if reach.refused and reach.refused.name else ""
    if outcome is Outcome.UNTRUSTED and reach.authority is None:
        key = "untrusted_others"
    elif outcome is Outcome.NOTHING:
        key = "nothing_proxy"  # else there is a card for it
    elif outcome is Outcome.WRONG_NAME and reach.misnamed and asked in ("", host_of(reach)):
        return fault_of_files(reach)  # it called the right one
    elif outcome is Outcome.WRONG_NAME:
        key = f"wrong_name{'_bare' if not asked else '_lost' if lost else ''}.{where(here=here)}"
    elif outcome is Outcome.PROXY_UNLISTED:
        key = f"{outcome}.{where(here=here)}"
    return t(
        f"console.reach.help.{key}",
        name=asked,
        host=host_of(reach),
        origin=reach.origin,
        upstream=upstream_of(reach),
    )


def _step(number: int, name: str) -> QWidget:
    digit = Text(str(number), "accent")
    digit.setFixedWidth(theme().px(16))
    words = column(
        Text(t(f"console.reach.do.{name}"), "medium", wrap=True),
        Text(t(f"console.reach.do.{name}_text"), "muted", wrap=True),
    )
    layout = row(digit, gap=8)
    layout.addLayout(words, 1)
    layout.setAlignment(digit, Qt.AlignmentFlag.AlignTop)
    whole = QWidget()
    whole.setProperty("look", "plain")
    whole.setLayout(layout)
    return whole


def _beside(left: QWidget, right: QBoxLayout, side: int) -> QBoxLayout:
    if not side:
        return column(left, 16, right)
    layout = row(gap=24)
    left.setFixedWidth(theme().px(side))
    layout.addWidget(left)
    layout.addLayout(right, 1)
    return layout
