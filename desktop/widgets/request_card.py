"""A request as a card of the approvals pane: an open one with its countdown, an ended one as a row."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop.core import moments
from desktop.core.approvals import asked_here
from desktop.core.phone import PIN, OwnPhone, name_in
from desktop.core.words import known, t
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.code import Code
from desktop.widgets.countdown import Countdown
from desktop.widgets.delivery import Delivery
from desktop.widgets.icon import Icon, Tile
from desktop.widgets.layout import column, row
from desktop.widgets.text import Elided, Text, show_time
from server.contract.request import BY_API_KEY, Request, RequestStatus

ICONS = {
    "sign_in": "log-in",
    "password.change": "key-round",
    "two_factor.enable": "shield-check",
    "two_factor.disable": "shield-off",
    "user.delete": "trash-2",
    "user.delete_now": "trash-2",
    "administrator.create": "user-plus",
    "administrator.set_permissions": "user-cog",
    "administrator.disable": "user-x",
    "administrator.enable": "user-check",
    "administrator.delete": "trash-2",
    "administrator.reset_two_factor": "rotate-ccw",
    "api_key.create": "key-round",
    "policy.change": "sliders-horizontal",
    "origin.retire": "unlink",
    "device.change": "smartphone",
    "recovery_codes.reset": "key-round",
    "two_factor.change_method": "shield-check",
    "storage_account.change_credentials": "key-round",
    "storage_account.delete": "trash-2",
}


PHONE, TOTP, RECOVERY_CODE = "phone", "totp", "recovery_code"
WEAKER = frozenset({TOTP, RECOVERY_CODE})
"""What confirms less than a phone does, where it is seen what is asked, and signed."""


def icon_of(action: str) -> str:
    """Return the icon of an action."""
    return ICONS.get(action, "shield-check")


def title_of(request: Request) -> str:
    """Return the action's name in our words, or else in the server's."""
    return known(f"action.{request.action}", request.title)


def target_of(request: Request) -> str:
    """Return what is acted on, in a few words."""
    if request.action == "sign_in":
        return t("console.request.from", username=request.requested_by, ip=request.ip)
    names = [thing.name for thing in request.target]
    return (
        names[0] if len(names) == 1 else t("console.request.targets", first=names[0], count=len(names)) if names else ""
    )


def asked_by(request: Request, me: str) -> str:
    """Say who asked, and by which API key where none of his consoles did."""
    mine = request.requested_by == me
    if BY_API_KEY in request.notices:
        words = "console.request.by_your_key" if mine else "console.request.by_key"
        return t(words, username=request.requested_by, name=request.device_name)
    return t("console.approvals.by_you") if mine else t("console.approvals.by", username=request.requested_by)


def mark_of(status: RequestStatus) -> Mark:
    """Return the chip of a request's state; an executed one was approved, which is what its reader asks."""
    tone = {
        RequestStatus.PENDING: "waiting",
        RequestStatus.APPROVED: "good",
        RequestStatus.EXECUTING: "waiting",
        RequestStatus.EXECUTED: "good",
        RequestStatus.UNKNOWN: "waiting",
        RequestStatus.REJECTED: "bad",
        RequestStatus.FAILED: "bad",
        RequestStatus.VOID: "bad",
    }.get(status, "off")
    word = RequestStatus.APPROVED if status is RequestStatus.EXECUTED else status
    return Mark(t(f"status.{word}"), tone)


def weaker_mark(how: str) -> Mark:
    """Return the chip of what was confirmed by a code or with a PIN, without words where it was not."""
    return Mark(t(f"console.by_code.mark.{how.lower()}") if how in (*WEAKER, PIN) else "", "waiting", dot=False)


def who_of(request: Request) -> str:
    """Return the name of what ended it, or is to: a phone, marked where it has a PIN, or an administrator."""
    by = request.decided_by
    return by.name if by is not None and by.type != "device" else name_in(request)


def confirmed_by(request: Request) -> str:
    """Return by what it was confirmed: the kind of code, or what unlocked the phone; rejecting needs neither."""
    by = request.decided_by
    if by is None or request.status is RequestStatus.REJECTED:
        return ""
    return (request.verification or "") if by.type == "device" else by.type


def waits_for_code(request: Request) -> bool:
    """Tell whether no phone confirms it, but a code that is typed into the console."""
    return bool(request.methods) and PHONE not in request.methods


class RequestCard(QFrame):
    """A pending request; the code only where this session asked for it, and where there is one."""

    def __init__(
        self,
        request: Request,
        me: str,
        deadline: moments.Deadline,
        phone: OwnPhone,
        show: Callable[[], None],
        cancel: Callable[[], None],
    ) -> None:
        super().__init__()
        self.request = request
        own = asked_here(request)
        self.setObjectName("approvals.request")
        self.setProperty("look", "card-accent" if own else "card")
        self.setAccessibleName(f"{title_of(request)}: {target_of(request)}")
        head = row(
            Icon(icon_of(request.action), "text", 16), Text(title_of(request), "strong", wrap=True), gap=8, stretch=1
        )
        head.addWidget(Chip(mark_of(request.status)), 0, Qt.AlignmentFlag.AlignTop)
        layout = column(head, 4, Elided(target_of(request), "section" if own else "strong"), margins=(12, 12, 12, 12))
        mine = request.requested_by == me
        waits = t("console.approvals.waits", device=name_in(request)) if request.device and not own else ""
        layout.addWidget(Elided(" · ".join(part for part in (asked_by(request, me), waits) if part), "small-muted"))
        layout.addSpacing(theme().px(8))
        bar = Countdown("accent" if own else "waiting")
        left = Text("", "small-strong", name="approvals.request.left").tabular()
        bar.ticked.connect(left.setText)
        if own:
            self._add_code(layout, request, name_in(request))
        layout.addWidget(bar)
        layout.addSpacing(theme().px(4))
        layout.addLayout(row(self._foot(request, phone, own=own, mine=mine), left, gap=8, stretch=0))
        by_code = mine and waits_for_code(request)
        if own or by_code:
            buttons = row(gap=8)
            words, icon = ("console.approvals.code", "key-round") if by_code else ("console.approvals.qr", "qr-code")
            qr = button(t(words), "approvals.request.qr", show, small=True, icon=icon)
            stop = button(t("console.request.cancel"), "approvals.request.cancel", cancel, small=True)
            buttons.addWidget(qr, 1)
            buttons.addWidget(stop, 1)
            layout.addSpacing(theme().px(8))
            layout.addLayout(buttons)
        self.setLayout(layout)
        bar.count(deadline)

    @staticmethod
    def _add_code(layout: QVBoxLayout, request: Request, device: str) -> None:
        if request.code is None:
            layout.addWidget(Text(t("console.approvals.no_code", device=device), "small-muted", wrap=True))
            layout.addSpacing(theme().px(6))
            return
        code = Code(22, "approvals.request.code")
        code.show_code(request.code)
        words = row(Text(t("console.approvals.type", device=device), "small-muted", wrap=True), code, gap=8, stretch=0)
        words.setAlignment(code, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.addLayout(words)
        layout.addSpacing(theme().px(6))

    @staticmethod
    def _foot(request: Request, phone: OwnPhone, *, own: bool, mine: bool) -> Text:
        if not own and mine and waits_for_code(request):
            return Elided(t("console.approvals.by_code"), "small-muted")
        if not own and BY_API_KEY in request.notices:
            return Elided(t("console.approvals.code_for_key"), "small-muted")
        if not own:
            key = "console.approvals.other_session" if mine else "console.approvals.code_for"
            return Elided(t(key, username=request.requested_by), "small-muted")
        return Delivery(request, phone, "small-muted", "approvals.request.delivery")


class RequestRow(QFrame):
    """An ended request: three lines and a chip."""

    def __init__(self, request: Request, now: datetime) -> None:
        super().__init__()
        self.setObjectName("approvals.earlier")
        self.setProperty("look", "plain")
        self.setAccessibleName(f"{title_of(request)}: {target_of(request)}, {mark_of(request.status).text}")
        chip = Chip(mark_of(request.status))
        head = row(Text(title_of(request), "strong", wrap=True), chip, gap=8, stretch=0)
        head.setAlignment(chip, Qt.AlignmentFlag.AlignTop)
        ended = request.decided_at or request.expires_at
        who = Elided("", "small-muted")
        show_time(who, ended, f"{request.requested_by} · {moments.when(ended, now)}")
        weaker = Chip(weaker_mark(confirmed_by(request)), name="approvals.earlier.weaker")
        words = column(head, Elided(target_of(request), "small"), row(who, weaker, gap=8, stretch=0))
        tile = Tile(icon_of(request.action), "muted", ground="background", edge="line", size=32, inner=16)
        layout = row(tile, gap=12)
        layout.addLayout(words, 1)
        layout.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        layout.setContentsMargins(0, 0, 0, theme().px(24))
        self.setLayout(layout)
