"""Letting phones connect: four steps from a server on this computer alone to a phone that reaches it, and a check."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.lookup import looked_up
from desktop.core.naming import as_ip
from desktop.core.problems import shown
from desktop.core.proxy import Proxy, proxy_at
from desktop.core.reach import Outcome, address_of, host_of, judge, old_of, only_here, still_open
from desktop.core.words import t
from desktop.dialogs.enrolment_steps import BESIDE, LEAST, SIDE
from desktop.dialogs.reach_address import WAY_OF, AddressStep
from desktop.dialogs.reach_health import HealthStep
from desktop.dialogs.reach_steps import CertificateStep, InstallStep, PhoneStep
from desktop.dialogs.retire_origin import RetireOrigin
from desktop.dialogs.window import Dialog
from desktop.keeper import Keeper
from desktop.reaching import BACK, Plan, no_pins
from desktop.restart import JOIN, START, Restart
from desktop.widgets.beat import Beat
from desktop.widgets.button import button
from desktop.widgets.field import Field
from desktop.widgets.layout import column, row
from desktop.widgets.spinner import Spinner
from desktop.widgets.steps import Steps
from desktop.widgets.text import Text
from server.contract.problem import Problem
from server.contract.reach import Install, Origin, Reach
from server.contract.topic import Topic

WIDTH = 760
INSTALL = 2
"""The place of the install page among the steps."""
LOOK_EVERY_MS = 1000
CHECK_EVERY_MS = 5000
RENEW_EVERY_MS = 20_000
Found = tuple[Reach, Sequence[Origin] | None]


class ReachDialog(Dialog):
    """While it waits for a phone the install page stays open.

    `keeper` is there where the server is one of this computer's; another one's address is not changed from here.
    """

    enrol = Signal()
    """A phone gets through: now it can be enrolled."""

    def __init__(self, parent: QWidget, desk: Desk, keeper: Keeper | None) -> None:
        super().__init__(parent, t("console.reach.title"), "reach", WIDTH)
        self._desk, self._keeper = desk, keeper
        self._reach: Reach | None = None
        self._origins: Sequence[Origin] | None = ()
        """What phones keep; null for who is not told."""
        self._led: Sequence[str] | None = None
        """Where this console has found the name to lead, where the server does not look."""
        self._met: Mapping[str, Proxy] = {}
        """What this console has met at the addresses of a proxy, the public URL and old ones."""
        self._calling = False
        self._restart: Restart | None = None
        """The server is being started anew, or did not start."""
        self._doubted = ""
        """A name that does not lead here, which has been said."""
        self._missing = False
        """The server is away, so that nothing can be read from it."""
        self._put_off = False
        """It waits for the end of a change that was begun before."""
        self._since: datetime | None = None
        self._begun = 0.0
        self._asking = self._opened = False
        self._fitted: tuple[str, ...] = ()
        """To what the dialog's size was made last."""
        side = SIDE if self.roomy else LEAST if self.fits(BESIDE) else 0
        self._address = AddressStep(roomy=self.roomy)
        self._certificate = CertificateStep(narrow=not self.roomy)
        self._install = InstallStep(side=min(side, 264) if side else 0)
        self._phone = PhoneStep(roomy=self.roomy)
        self._health = HealthStep(narrow=not self.roomy)
        self._pages: list[QWidget] = [self._address, self._certificate, self._install, self._phone, self._health]
        self._page: QWidget | None = None
        self._step = 0
        self._add_parts(side)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._renewing = QTimer(self)
        self._renewing.setInterval(RENEW_EVERY_MS)
        self._renewing.timeout.connect(self._open_page)
        self._address.turned.connect(self._turn_way)
        self._phone.turned.connect(lambda: QTimer.singleShot(0, self, self.fit))
        self._health.retire.connect(self._ask_retire)
        Beat(self._health, CHECK_EVERY_MS, self._reload)
        Beat(self._phone, CHECK_EVERY_MS, self._call_proxies)
        if keeper is not None:
            keeper.changed.connect(self._come_back)
            keeper.look()
        desk.live.watch(self, {Topic.TWO_FACTOR, Topic.REQUESTS}, self._reload)
        self._turn(None, 0, t("console.reach.looking"))
        self._reload()

    @override
    def done(self, result: int, /) -> None:
        self._timer.stop()
        self._renewing.stop()
        if self._restart is not None:
            self._restart.leave()
        if self._opened:
            self._opened = False
            client = self._desk.client.in_background()
            self._desk.run(self._desk, client.close_install_page, lambda _: None, lambda _: None)
        super().done(result)

    def _add_parts(self, side: int) -> None:
        body = QWidget()
        air = 24 if self.roomy else 8
        body.setLayout(column(*self._pages, None, margins=(24, air, 24, air)))
        self.show_body(body)
        self._first = 0 if self._keeper is not None else 2
        self._steps = Steps(self._names("own"), "reach.steps", compact=not side)
        above = 20 if self.roomy else 8
        self.show_head(column(self._steps, margins=(24, above, 24, above)))
        self._spinner = Spinner()
        self._state = Text("", wrap=True, name="reach.state")
        self._back = button(t("console.back"), "reach.back", self._step_back)
        self._change = button(t("console.reach.change"), "reach.change", self._choose)
        self._no_pins = button(t("console.reach.pins_end"), "reach.no_pins", self._end_pins)
        self._undo = button(t("console.reach.undo"), "reach.undo", lambda: self._apply(BACK))
        self._again = button(t("console.reach.again"), "reach.again", self._wait, icon="refresh-cw")
        self._go = button(t("console.reach.go"), "reach.go", self._submit, look="primary")
        self._next = button(t("console.reach.next"), "reach.next", self._wait, look="primary")
        self._test = button(t("console.reach.let_in_now"), "reach.test", self._show_install, look="primary")
        self._enrol = button(t("console.reach.enrol"), "reach.enrol", self._enrol_now, look="primary")
        self._close = button(t("console.close"), "reach.close", self.close)
        self._buttons = [self._back, self._no_pins, self._change, self._undo, self._again]
        self._primaries = [self._go, self._next, self._test, self._enrol]
        margins = (24, min(16, air), 24, min(16, air))
        foot = row(self._spinner, self._state, *self._buttons, *self._primaries, self._close, gap=8, margins=margins)
        foot.setStretch(1, 1)
        self.show_foot(foot)

    def _reload(self) -> None:
        """Read how phones reach the server now; the pages that wait read it by themselves."""
        if self._page in (None, self._health):
            client = self._desk.client.in_background()
            self._desk.run(self, lambda: read_reach(client), self._take, self._not_read)

    def _take(self, found: Found) -> None:
        self._missing = False
        changed = _but_the_time(found) != (self._reach and _but_the_time((self._reach, self._origins)))
        self._know(found[0])
        self._origins = found[1]
        self._address.show_reach(*found, self._desk.client.url)
        self._show_health()
        self._call_proxies()
        closed = found[0].how == "this_computer" and not old_of(found[1] or ())
        if self._page is None and closed and self._keeper is not None:
            self._choose()
        elif self._page is None or (self._page is self._health and changed):
            self._turn(self._health, 0, "")

    def _know(self, reach: Reach) -> None:
        """Take how phones reach the server; look up a name that the server does not."""
        before, self._reach = self._reach, reach
        self._steps.rename(self._names(WAY_OF[reach.how]))
        if before is None or host_of(before) != host_of(reach):
            self._led = self._phone.led = None
            if address_of(reach) is None:
                self._desk.tasks.run(self, lambda: looked_up(host_of(reach)), self._lead)

    def _lead(self, led: Sequence[str]) -> None:
        self._led = self._phone.led = led
        self._show_health()

    def _call_proxies(self) -> None:
        """Look whether what stands in front still answers, one call at a time."""
        reach, old = self._reach, [each.origin for each in self._origins or () if each.upstream is not None]
        fronts = {*old, reach.origin} if reach is not None and reach.how == "proxy" else {*old}
        if fronts and not self._calling:
            self._calling = True
            pinned = self._desk.client.transport.authority
            self._desk.tasks.run(self, lambda: {each: proxy_at(each, pinned) for each in fronts}, self._meet)

    def _meet(self, met: Mapping[str, Proxy]) -> None:
        self._calling = False
        changed, self._met = met != self._met, met
        self._show_health()
        if changed:
            QTimer.singleShot(0, self, self.fit)

    def _show_health(self) -> None:
        if self._reach is not None:
            here = self._keeper is not None
            self._health.show_reach(self._reach, self._origins, self._led, self._met, here=here)

    def _names(self, way: str) -> list[str]:
        """Name the steps for a way: only an authority of our own has an install page."""
        named = (
            ("address", "certificate", "install", "phone") if way == "own" else ("address", "settings", "app", "phone")
        )
        return [t(f"console.reach.step.{name}") for name in named[self._first :]]

    def _turn_way(self) -> None:
        self._steps.rename(self._names(self._address.way))
        QTimer.singleShot(0, self, self.fit)

    def _not_read(self, error: Exception) -> None:
        if self._page is None:
            self._spinner.hide()
            self._missing = self._keeper is not None and self._keeper.host.serving is None
            self._put_off = self._keeper is not None and self._keeper.busy
            why = t("console.reach.busy" if self._put_off else "console.reach.missing")
            self._state.setText(why if self._missing else shown(error).text)
            self._undo.setVisible(self._missing and not self._put_off)
            QTimer.singleShot(0, self, self.fit)

    def _come_back(self) -> None:
        """Look anew once the server is there again, or is no more being started anew."""
        if self._keeper is None or self._keeper.busy:
            return
        if self._put_off or (self._missing and self._keeper.host.serving is not None):
            self._missing = self._put_off = False
            self._turn(None, 0, t("console.reach.looking"))
            self._reload()

    def _choose(self) -> None:
        """Step 1."""
        if self._keeper is None:
            return
        self._timer.stop()
        why = self._obstacle()
        self._put_off = self._keeper.busy
        self._turn(self._address, 0, "")
        self._steps.rename(self._names(self._address.way))
        self._state.setText(why)
        self._go.setEnabled(not why)
        self._address.ready()

    def _obstacle(self) -> str:
        """Say why this console cannot change it now; nothing where it can."""
        if self._keeper is None or self._keeper.changeable:
            return ""
        return t("console.reach.busy" if self._keeper.busy else "console.reach.others")

    def _submit(self) -> None:
        warned = self._address.recognise()
        if (plan := self._address.plan()) is None or warned:
            self._point_out()
        elif self._is_known(plan):
            self._apply(plan)
        elif as_ip(plan.host) is not None:
            self._apply_known(plan, ())
        else:  # a name that nobody has looked up yet
            self._go.setEnabled(False)
            self._desk.tasks.run(self, lambda: looked_up(plan.host), lambda led: self._apply_known(plan, led))

    def _is_known(self, plan: Plan) -> bool:
        """Tell whether it is one of those that were listed, or a whole name of somebody else's making."""
        if plan is BACK or not plan.own:
            return plan is BACK or "." in plan.host
        return plan.host != self._address.typed

    def _apply_known(self, plan: Plan, led: Sequence[str]) -> None:
        self._go.setEnabled(True)
        if self._page is not self._address:
            return
        if self._doubted == plan.host or (self._leads_here(led) if plan.own else led):
            self._apply(plan)
            return
        if plan.own:  # it may get the name later: whoever goes on knows it
            self._doubted = plan.host
            self._address.doubt(plan.host, led)
        else:
            self._address.accuse_url(t("console.reach.url_unknown", name=plan.host))
        self._point_out()

    def _leads_here(self, led: Sequence[str]) -> bool:
        """Tell whether others get to this computer by one of these."""
        return any(each.ip in led for each in (self._reach.addresses if self._reach else ()) if each.ip)

    def _point_out(self) -> None:
        """Let what keeps *Continue* from going on be seen, once there is room for it."""
        QTimer.singleShot(0, self, self._show_trouble)

    def _show_trouble(self) -> None:
        self.fit()
        if self._page is self._address and (trouble := self._address.trouble()) is not None:
            if isinstance(trouble, Field):
                trouble.setFocus()
            self.scroll_to(trouble)

    def _apply(self, plan: Plan) -> None:
        """Step 2: the settings, then the server anew."""
        if self._keeper is None:
            return
        broken = self._restart is not None and self._restart.broken
        self._drop_restart()
        self._missing = self._put_off = False
        self._restart = restart = Restart(self._keeper, plan, broken=broken)
        self._certificate.show_progress(plan, 0)
        self._turn(self._certificate, 1, t("console.reach.working_state"))
        restart.went.connect(self._show_progress)
        restart.refused.connect(self._refused)
        restart.failed.connect(self._not_started)
        restart.joined.connect(self._read_again)
        restart.said.connect(self._desk.said)
        restart.begin()

    def _show_progress(self, done: int) -> None:  # of this window, so that it hears nothing once it is closed
        if self._restart is not None:
            self._certificate.show_progress(self._restart.plan, done)

    def _drop_restart(self) -> None:
        if self._restart is not None:
            self._restart.deleteLater()
            self._restart = None

    def _refused(self, words: str) -> None:
        if self._restart is not None and self._restart.plan.words == no_pins("").words:
            self._turn(self._health, 0, "")
            self._desk.said.emit(t("console.reach.refused", words=words), "bad")
            return
        self._choose()
        self._address.accuse(t("console.reach.refused", words=words))
        self._point_out()

    def _read_again(self) -> None:
        """The server has started anew and is joined."""
        if (restart := self._restart) is not None:
            plan = restart.plan
            self._drop_restart()
            client = self._desk.client.in_background()
            self._desk.run(self, lambda: read_reach(client), lambda found: self._joined(plan, found), self._not_joined)

    def _joined(self, plan: Plan, found: Found) -> None:
        self._take(found)
        left = found[1] is None or old_of(found[1])
        if plan.lets_in and found[0].how != "this_computer":
            self._show_install()
        elif plan is not BACK:
            self._desk.said.emit(t("console.reach.pins_ended"), "good")
            self._turn(self._health, 0, "")
        elif left:
            kept = found[1] is None or still_open(found[1])
            self._desk.said.emit(t("console.reach.not_alone" if kept else "console.reach.alone"), "plain")
            self._turn(self._health, 0, "")
        else:
            self._desk.said.emit(t("console.reach.alone"), "good")
            self._choose()

    def _not_joined(self, error: Exception) -> None:
        self._certificate.fail(JOIN, shown(error).text, t("console.reach.working_mute_text"))
        self._turn(self._certificate, 1, "", failed=True)

    def _not_started(self, words: str) -> None:
        self._certificate.fail(START, words, t("console.reach.working_failed_text"))
        self._turn(self._certificate, 1, "", failed=True)

    def _show_install(self) -> None:
        """Step 3."""
        if (reach := self._reach) is None:
            return
        self._since, self._begun = reach.now, time.monotonic()
        self._install.show_reach(reach, here=self._keeper is not None)
        self._turn(self._install, INSTALL, "")
        self._next.setFocus()
        self._renewing.start()
        self._open_page()
        self._timer.start()
        self._look()

    def _open_page(self) -> None:
        """Open the page from which phones take the authority, where there is one, for a while longer."""
        if not self._has_page:
            self._renewing.stop()
            return
        client = self._desk.client.in_background()
        self._opened = True
        self._desk.run(self, client.open_install_page, self._page_open, self._page_shut)

    @property
    def _has_page(self) -> bool:
        return self._reach is not None and self._reach.authority is not None

    def _page_open(self, install: Install) -> None:
        if self._has_page:  # still
            self._install.show_url(install.url)
            self._show_steps()
            QTimer.singleShot(0, self, self.fit)

    def _page_shut(self, error: Exception) -> None:
        if self._has_page and isinstance(error, Problem):
            self._install.fail(shown(error).text)
            self._show_steps()
            QTimer.singleShot(0, self, self.fit)

    def _wait(self) -> None:
        """Step 4; what came while the install page was shown, and was refused, is known at once."""
        if self._reach is not None:
            self._since = self._since if self._page is self._install else self._reach.now
            self._begun = time.monotonic()
            self._show_outcome(self._reach, Outcome.WAITING, 0.0)
            self._call_proxies()
            self._turn(self._phone, 3, t("console.reach.by_itself"))
            self._back.setFocus()  # and not the way out, which is next in order
            self._timer.start()

    def _look(self) -> None:
        """Ask whether a phone has come, one call at a time."""
        if not self._asking:
            self._asking = True
            client = self._desk.client.in_background()
            self._desk.run(self, client.reach, self._seen, self._not_seen)

    def _seen(self, reach: Reach) -> None:
        self._asking = False
        self._know(reach)
        if self._since is None or not self._timer.isActive():
            return
        waited = time.monotonic() - self._begun
        outcome = judge(reach, self._since, waited)
        if self._page is self._install and outcome is not Outcome.REACHED:
            return
        self._show_outcome(reach, outcome, waited)
        if outcome is Outcome.REACHED:
            self._timer.stop()
            self._turn(self._phone, 4, "")
            (self._enrol if self._enrol.isVisible() else self._close).setFocus()
        else:
            self._again.setVisible(outcome is not Outcome.WAITING)
            self._state.setVisible(self.roomy or outcome is Outcome.WAITING)
            self._fit_once()

    def _show_outcome(self, reach: Reach, outcome: Outcome, waited: float) -> None:
        met = self._met.get(reach.origin)
        here, change = self._keeper is not None, self._desk.session.me.two_factor
        self._phone.show_outcome(reach, outcome, waited, met, here=here, change=change)

    def _not_seen(self, _error: Exception) -> None:
        self._asking = False

    def _fit_once(self) -> None:
        """Make room when something else is told, not each second."""
        if self._phone.shape != self._fitted:
            self._fitted = self._phone.shape
            QTimer.singleShot(0, self, self.fit)

    def _step_back(self) -> None:
        self._timer.stop()
        if self._page is self._phone:
            self._show_install()
        elif self._page is self._certificate and self._reach is not None:
            self._choose()
        else:
            self._page = None
            self._turn(None, 0, t("console.reach.looking"))
            self._reload()

    def _enrol_now(self) -> None:
        self.close()
        self.enrol.emit()

    def _ask_retire(self, origin: Origin) -> None:
        dialog = RetireOrigin(self, self._desk, origin)
        dialog.asked.connect(self.close)  # first, since it is modal, and what comes next is a window of its own
        dialog.executed.connect(self.close)
        dialog.open()

    def _end_pins(self) -> None:
        if why := self._obstacle():
            self._state.setText(why)
        elif self._reach is not None:
            self._apply(no_pins(host_of(self._reach)))

    def _turn(self, page: QWidget | None, step: int, state: str, *, failed: bool = False) -> None:
        self._page = page
        for each in self._pages:
            each.setVisible(each is page)
        closing = self._restart is not None and not self._restart.plan.lets_in
        checking = page in (None, self._health) or (page is self._certificate and closing)
        if (head := self._steps.parentWidget()) is not None:
            head.setVisible(not checking)
        self._step = step
        self._show_steps()
        self._state.setText(state)
        self._state.show()
        self._spinner.setVisible(bool(state))
        elsewhere = self._keeper is None
        alone = self._reach is None or only_here(self._reach.origin)
        reached = page is self._phone and step == len(self._pages) - 1
        shown_now = {
            self._back: (page in (self._install, self._phone) and not reached) or failed,
            self._change: (page is self._health or (page is self._phone and not reached)) and not elsewhere,
            self._no_pins: page is self._health and not elsewhere and self._health.pins_end,
            self._undo: failed,
            self._again: False,
            self._go: page is self._address,
            self._next: page is self._install,
            self._test: page is self._health and not alone,
            self._enrol: reached and not self._desk.session.me.two_factor,
        }
        for made, wanted in shown_now.items():
            made.setVisible(wanted)
            made.setDefault(wanted and made in self._primaries)
        self._fitted = ()
        QTimer.singleShot(0, self, self.fit)

    def _show_steps(self) -> None:
        """Tick what is done: no install page that could not be opened."""
        missed = INSTALL - self._first if self._install.missing else None
        self._steps.show_step(max(0, self._step - self._first), missed)


def _but_the_time(found: Found) -> tuple[dict[str, Any], Sequence[Origin] | None]:
    return found[0].model_dump(exclude={"now"}), found[1]


def read_reach(client: Client) -> Found:
    """Read both; who can do nothing but enrol is not told which addresses phones keep, and lets phones connect."""
    reach = client.reach()
    try:
        return reach, client.origins()
    except Problem as problem:
        if problem.code != "two_factor_required":
            raise
        return reach, None
