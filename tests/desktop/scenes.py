"""Every screen of the console, each built in a moment from answers in memory: to be measured and walked through."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from desktop.core.authority import Authorities
from desktop.core.desk import Desk
from desktop.core.settings import Settings, ThemeChoice
from desktop.core.tasks import Tasks
from desktop.core.transport import Offline
from desktop.core.vault import MemoryVault
from desktop.core.words import t
from desktop.demo.phone import Shown
from desktop.demo.window import Asked, Digits, Handset, _Start
from desktop.dialogs.confirmation import Confirmation
from desktop.dialogs.connect import Connect
from desktop.dialogs.delete_user import DeleteUser
from desktop.dialogs.enrolment import EnrolmentDialog
from desktop.dialogs.first_run import FirstRun
from desktop.dialogs.invitation import Invitation
from desktop.dialogs.set_up import SetUpForm
from desktop.dialogs.sign_in import SignInForm
from desktop.dialogs.sign_in_waiting import SignInWaiting
from desktop.dialogs.starting import Starting
from desktop.dialogs.user_form import UserForm
from desktop.keeper import Keeper
from desktop.pages.audit import AuditPage
from desktop.pages.users import UsersPage
from desktop.shell import Shell
from desktop.style.theme import Theme
from desktop.widgets.table import Table
from desktop.window import Window
from server.contract.enrolment import EnrolmentStatus
from server.contract.health import Health
from server.contract.problem import Problem
from server.contract.request import DecidedBy, Kind, Push, Request, RequestStatus, Target
from server.contract.session import Waiting
from tests.desktop.answers import (
    CONSEQUENCE,
    LONG,
    LONG_CLAIM,
    LONG_MAIL,
    NOW,
    REASON,
    Answers,
    World,
    event,
    request,
    user,
)

Widget = TypeVar("Widget", bound=QWidget)
FOOT = "Connected to https://countersign.northwind.example:8443"
PATIENCE = 20.0
ALL, AWAITED = QEventLoop.ProcessEventsFlag.AllEvents, QEventLoop.ProcessEventsFlag.WaitForMoreEvents
SMALLEST = 720
"""Pixels of the lowest window; whatever has its room there has it in a higher one."""


class Stage:
    """A window with a desk whose server answers from memory."""

    def __init__(self, folder: Path, *, scale: float = 1.0, dark: bool = False, height: int = 800) -> None:
        """Set it up."""
        look(ThemeChoice.DARK if dark else ThemeChoice.LIGHT, scale)
        self.world = World()
        self.tasks = Tasks()
        self.settings = Settings(folder / "scenes.ini")
        self.window = Window(self.settings)
        self.window.resize(1280, height)
        self.desk = Desk("http://127.0.0.1:9", self.tasks, MemoryVault(), self.settings, self.window)
        client = Answers(self.world)
        self.desk.client = self.desk.session.client = client
        self.desk.said.connect(self.window.say)
        self.window.show()

    def show(self, screen: QWidget) -> None:
        """Show a screen."""
        self.window.show_screen(screen)
        self.settle()

    def shell(self, page: str = "users", keeper: Keeper | None = None) -> Shell:
        """Sign in, and turn to a page; `keeper` is there where the server is one of this computer's."""
        self.desk.session.begin("token", self.world.me)
        self.desk.approvals.reload()
        shell = Shell(self.desk, keeper)
        self.desk.live.switched.emit(True)
        self.show(shell)
        shell.setFocus()
        shell.show_page(page)
        self.settle()
        return shell

    def find(self, name: str, kind: type[Widget] = QWidget) -> Widget:  # type: ignore[assignment]
        """Return a widget that is visible."""
        return next(each for each in self.window.findChildren(kind, name) if each.isVisible())

    def settle(self) -> None:
        """Let everything happen that has been begun."""
        deadline, quiet = time.monotonic() + PATIENCE, 0
        while quiet < 12:
            assert time.monotonic() < deadline
            QApplication.processEvents(ALL if self.tasks.idle else AWAITED)
            quiet = quiet + 1 if self.tasks.idle else 0

    def roots(self) -> list[QWidget]:
        """Return the window with its dialogs."""
        dialogs = [each for each in self.window.findChildren(QDialog) if each.isVisible()]
        return [*reversed(dialogs), self.window]

    def close(self) -> None:
        """Let go."""
        self.tasks.close()
        self.desk.close()
        self.window.hide()
        self.tasks.join(2)
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        look(ThemeChoice.LIGHT, 1.0)


def look(choice: ThemeChoice, scale: float) -> None:
    """Give the application these looks, unless it has them: whatever lives is dressed anew."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    found = application.findChild(Theme, "theme")
    in_force = found if isinstance(found, Theme) else Theme(application)
    if (in_force.choice, in_force.scale) != (choice, scale):
        in_force.choose(choice, scale)


Scene = Callable[[Stage], object]
SCENES: dict[str, Scene] = {}


def scene(build: Scene) -> Scene:
    """Register it."""
    SCENES[build.__name__] = build
    return build


@scene
def first_run(stage: Stage) -> None:
    stage.show(FirstRun(Path("/home/amelia/.local/share/Countersign")))


@scene
def first_run_of_a_folder_that_is_set_up(stage: Stage) -> None:
    screen = FirstRun(Path("/home/amelia/.local/share/Countersign"))
    folder = Path(stage.settings.authorities).parent / "set_up"
    folder.mkdir(exist_ok=True)
    (folder / "server.key").touch()
    screen._chosen(str(folder))
    stage.show(screen)


@scene
def connect(stage: Stage) -> None:
    stage.show(Connect(stage.tasks, Authorities(stage.settings.authorities)))


@scene
def connect_to_a_fresh_server(stage: Stage) -> None:
    stage.show(
        screen := Connect(
            stage.tasks, Authorities(stage.settings.authorities), "https://countersign.northwind.example:8443"
        )
    )
    screen._answered(screen._url.text, Health(status="ok", version="0.1.0", setup_done=False))
    screen._token.accuse("This is needed.")


@scene
def starting(stage: Stage) -> None:
    stage.show(Starting("Data in /home/amelia/.local/share/Countersign"))


@scene
def starting_failed(stage: Stage) -> None:
    stage.show(screen := Starting("Data in /home/amelia/.local/share/Countersign"))
    screen.fail(f"The folder belongs to {LONG}. " * 3, alone=True)


@scene
def set_up(stage: Stage) -> None:
    stage.show(SetUpForm(stage.desk, "token", FOOT))


@scene
def set_up_with_faults(stage: Stage) -> None:
    stage.show(screen := SetUpForm(stage.desk, "token", FOOT))
    screen._submit()
    screen._failed(Problem(403, "wrong_setup_token", "The set-up token is wrong"))
    screen._banner.say("The server cannot reach its data now. Try again in a moment; nothing was changed.")


@scene
def sign_in(stage: Stage) -> None:
    stage.show(SignInForm(stage.desk, FOOT, "amelia.hart"))


@scene
def sign_in_after_not_me(stage: Stage) -> None:
    stage.show(SignInForm(stage.desk, FOOT, "amelia.hart", t("console.sign_in.ended_not_me")))


@scene
def sign_in_with_faults(stage: Stage) -> None:
    stage.show(screen := SignInForm(stage.desk, FOOT, "", "Your session has ended. Sign in again."))
    screen.submit()


def _waiting(stage: Stage, **more: Any) -> SignInWaiting:
    methods = more.pop("methods", ["phone", "recovery_code"])
    asked = request(action="sign_in", kind=Kind.AUTHENTICATION, target=[], consequence="", methods=methods, **more)
    stage.show(screen := SignInWaiting(stage.desk, Waiting(request=asked, wait_token="w", methods=methods), FOOT))
    screen._timer.stop()
    return screen


@scene
def waiting(stage: Stage) -> None:
    _waiting(stage)


@scene
def waiting_for_a_long_name(stage: Stage) -> None:
    _waiting(stage, long=True)._banner.say("The server does not answer.")


@scene
def waiting_with_the_qr_code(stage: Stage) -> None:
    _waiting(stage)._scan.toggle()


@scene
def waiting_without_a_phone(stage: Stage) -> None:
    _waiting(stage, code=None, qr=None, methods=["recovery_code"])


@scene
def waiting_ended(stage: Stage) -> None:
    _ended_sign_in(stage, request_status=RequestStatus.REJECTED)


@scene
def waiting_ended_by_wrong_codes(stage: Stage) -> None:
    _ended_sign_in(stage, request_status=RequestStatus.VOID)


@scene
def waiting_ended_by_a_reset(stage: Stage) -> None:
    screen = _waiting(stage)
    screen._end(Problem(410, "expired", "Nobody confirmed in time", "Sign in again."))
    screen._learn(Problem(410, "expired", "Nobody confirmed in time", "Sign in again.", reset=True))


def _ended_sign_in(stage: Stage, **more: Any) -> None:
    _waiting(stage)._end(Problem(403, "not_confirmed", "This sign-in is over", "Sign in again.", **more))


@scene
def waiting_for_an_authenticator(stage: Stage) -> None:
    _waiting(stage, code=None, qr=None, methods=["totp", "recovery_code"])


@scene
def waiting_for_an_authenticator_wrong(stage: Stage) -> None:
    screen = _waiting(stage, code=None, qr=None, methods=["totp", "recovery_code"])
    screen._refused(_wrong_code())


@scene
def waiting_for_a_recovery_code(stage: Stage) -> None:
    screen = _waiting(stage)
    screen._turn(screen._ways["recovery_code"])


@scene
def waiting_for_a_recovery_code_wrong(stage: Stage) -> None:
    screen = _waiting(stage)
    screen._turn(screen._ways["recovery_code"])
    screen._refused(_wrong_code())


@scene
def waiting_with_a_lost_phone(stage: Stage) -> None:
    screen = _waiting(stage)
    screen._turn(screen._ways["lost"])


@scene
def waiting_with_a_lost_phone_rejected(stage: Stage) -> None:
    screen = _waiting(stage)
    screen._turn(screen._ways["lost"])
    rejected = RequestStatus.REJECTED
    screen._end(Problem(403, "not_confirmed", "This sign-in is over", "Sign in again.", request_status=rejected))


@scene
def waiting_with_a_lost_phone_of_a_long_name(stage: Stage) -> None:
    screen = _waiting(stage, long=True)
    screen._turn(screen._ways["lost"])


def _wrong_code() -> Problem:
    advice = "Your phone’s clock seems 4 minutes ahead: let it set the time by itself. Each code counts once."
    return Problem(401, "wrong_code", "This code is wrong, or was used", advice, attempts_left=2, clock_ahead=240)


@scene
def sign_in_with_a_clock_that_is_off(stage: Stage) -> None:
    stage.show(SignInForm(stage.desk, FOOT, "amelia.hart"))
    stage.desk.clock.hear(4 * 60)


@scene
def clock_that_is_off(stage: Stage) -> None:
    stage.shell()
    stage.desk.clock.hear(-3 * 3600)


@scene
def recovered(stage: Stage) -> None:
    stage.shell()
    stage.desk.session.begin("token", stage.world.me, recovered=True)
    stage.desk.session.changed.emit()


@scene
def invitation(stage: Stage) -> None:
    stage.show(Invitation(stage.desk, FOOT))


@scene
def invitation_with_faults(stage: Stage) -> None:
    stage.show(screen := Invitation(stage.desk, FOOT))
    screen._submit()


@scene
def users(stage: Stage) -> None:
    stage.world.requests = some_requests()
    stage.shell()


@scene
def users_one_selected(stage: Stage) -> None:
    stage.shell()
    _select(stage, "users.table", 4)


@scene
def users_one_pending(stage: Stage) -> None:
    stage.world.requests = [request()]
    stage.shell()
    _select(stage, "users.table", 1)


@scene
def users_empty(stage: Stage) -> None:
    stage.world.users = []
    stage.world.protected = False
    stage.shell()


@scene
def users_none_found(stage: Stage) -> None:
    stage.shell()
    page = stage.find("page.users", UsersPage)._list
    page._search.setText("nobody")
    page._ask()


@scene
def users_failed(stage: Stage) -> None:
    stage.world.fails = Offline()
    stage.shell().banners.say_away("The server does not answer.")


@scene
def users_with_long_names(stage: Stage) -> None:
    stage.world.long = True
    stage.world.users = [user(number, long=True) for number in range(30)]
    stage.world.requests = [request(long=True), request(RequestStatus.REJECTED, long=True)]
    stage.shell()
    _select(stage, "users.table", 2)


@scene
def user_form(stage: Stage) -> None:
    UserForm(stage.shell(), stage.desk).open()


@scene
def user_form_with_faults(stage: Stage) -> None:
    form = UserForm(stage.shell(), stage.desk, user(1, long=True))
    form.open()
    stage.settle()
    form._company.setCurrentIndex(form._company.count() - 1)
    form._show_new()
    form._fields["username"].edit.setText("nobody")
    form._submit()
    form._banner.say("The server does not answer.")
    form.fit()


@scene
def delete_user(stage: Stage) -> None:
    DeleteUser(stage.shell(), stage.desk, user(1)).open()


@scene
def delete_user_with_a_long_name(stage: Stage) -> None:
    form = DeleteUser(stage.shell(), stage.desk, user(1, long=True))
    form.open()
    stage.settle()
    form._failed(Problem(409, "already", "Somebody has asked for this already.", "Look at the approvals pane."))


def _confirm(stage: Stage, **more: Any) -> Confirmation:
    shell = stage.shell()
    asked = request(**more)
    stage.desk.approvals.pending = [asked]
    dialog = Confirmation(shell, stage.desk, asked)
    dialog.show()
    stage.settle()
    return dialog


@scene
def confirmation(stage: Stage) -> None:
    _confirm(stage)


@scene
def confirmation_of_delete_now(stage: Stage) -> None:
    _confirm(stage, action="user.delete_now", title="Delete now")


@scene
def confirmation_with_long_names(stage: Stage) -> None:
    _confirm(stage, long=True)._banner.say("The server does not answer.")


@scene
def confirmation_of_a_sign_in(stage: Stage) -> None:
    _confirm(stage, action="sign_in", kind=Kind.AUTHENTICATION, target=[], consequence="", reason="")


@scene
def confirmation_by_an_authenticator(stage: Stage) -> None:
    dialog = _confirm(stage, code=None, qr=None, device=None, methods=["totp"])
    dialog._not_confirmed(_wrong_code())


@scene
def confirmation_by_a_recovery_code(stage: Stage) -> None:
    dialog = _confirm(
        stage,
        action="device.change",
        kind=Kind.AUTHENTICATION,
        target=[Target(type="device", id="dev_2", name="Pixel 10")],
        methods=["phone", "recovery_code"],
    )
    dialog._turn()


@scene
def confirmation_by_a_code_executed(stage: Stage) -> None:
    by = DecidedBy(type="totp", name="Authenticator app")
    dialog = _confirm(stage, code=None, qr=None, device=None, methods=["totp"])
    dialog._ended(request(RequestStatus.EXECUTED, id=dialog.request.id, decided_by=by, device=None))


@scene
def approvals_by_codes(stage: Stage) -> None:
    by = DecidedBy(type="totp", name="Authenticator app")
    stage.world.requests = [
        request(code=None, qr=None, device=None, methods=["totp"]),
        request(RequestStatus.EXECUTED, decided_by=by, device=None),
    ]
    shell = stage.shell()
    if not shell.pane.isVisible():
        shell._toggle_pane()


@scene
def confirmation_without_a_code(stage: Stage) -> None:
    stage.world.requests = [request(code=None)]
    _confirm(stage, code=None)


@scene
def confirmation_of_another_session(stage: Stage) -> None:
    _confirm(stage, own=False)


def _ended(status: RequestStatus) -> Scene:
    def build(stage: Stage) -> None:
        dialog = _confirm(stage)
        dialog._ended(request(status, id=dialog.request.id))

    build.__name__ = f"confirmation_{status}"
    return build


for each in RequestStatus:
    if each not in (RequestStatus.PENDING, RequestStatus.APPROVED, RequestStatus.EXECUTING, RequestStatus.UNKNOWN):
        scene(_ended(each))


def _enrol(stage: Stage) -> EnrolmentDialog:
    stage.world.protected = False
    dialog = EnrolmentDialog(stage.shell("settings"), stage.desk)
    dialog.open()
    stage.settle()
    return dialog


def _scan(stage: Stage) -> EnrolmentDialog:
    dialog = _enrol(stage)
    dialog._install.own._field.edit.setText("four-Unrelated-lantern-words")
    dialog._start()
    stage.settle()
    return dialog


def _compare(stage: Stage) -> EnrolmentDialog:
    dialog = _scan(stage)
    stage.world.enrolment = EnrolmentStatus.CLAIMED
    dialog._reload()
    stage.settle()
    return dialog


@scene
def enrolment(stage: Stage) -> None:
    _enrol(stage)


@scene
def enrolment_with_a_grant(stage: Stage) -> None:
    dialog = _enrol(stage)
    dialog._install.own.accuse("The password is wrong. Type the password of your account.")
    dialog._install.own.ask_grant("The organisation has two-factor authentication: a grant is needed.")


@scene
def enrolment_scan(stage: Stage) -> None:
    _scan(stage)


@scene
def enrolment_scan_out_of_reach(stage: Stage) -> None:
    stage.world.reachable = False
    _scan(stage)


@scene
def enrolment_scan_for_a_pin(stage: Stage) -> None:
    stage.world.app = "https://192.168.1.20:8443"
    _scan(stage)


@scene
def enrolment_compare(stage: Stage) -> None:
    _compare(stage)


@scene
def enrolment_compare_wrong(stage: Stage) -> None:
    stage.world.long = True
    _compare(stage)._compare.wrong(2)


@scene
def enrolment_confirm(stage: Stage) -> None:
    _compare(stage)._compare_digits("123456")


@scene
def enrolment_confirm_opened(stage: Stage) -> None:
    dialog = _compare(stage)
    dialog._compare_digits("123456")
    stage.settle()
    asked = dialog._proof.request
    assert asked is not None
    push = Push(sent_at=NOW, opened_at=NOW + timedelta(seconds=6))
    stage.world.requests = [asked.model_copy(update={"push": push})]
    stage.desk.approvals.reload()


@scene
def enrolment_confirm_with_a_long_name(stage: Stage) -> None:
    stage.world.long = True
    _compare(stage)._compare_digits("123456")


@scene
def enrolment_done(stage: Stage) -> None:
    dialog = _scan(stage)
    dialog._new = "Pixel 9"
    dialog._done()


@scene
def enrolment_failed(stage: Stage) -> None:
    _scan(stage)._fail("expired")


@scene
def settings(stage: Stage) -> None:
    stage.shell("settings")


@scene
def settings_off(stage: Stage) -> None:
    stage.world.protected = False
    stage.shell("settings")


@scene
def settings_with_long_names(stage: Stage) -> None:
    stage.world.long = True
    stage.world.requests = [request(action="two_factor.disable", target=[])]
    stage.shell("settings")


@scene
def audit(stage: Stage) -> None:
    stage.world.requests = some_requests()
    stage.shell("audit")


@scene
def audit_empty(stage: Stage) -> None:
    stage.world.events = []
    stage.shell("audit")


@scene
def audit_details(stage: Stage) -> None:
    stage.shell("audit")
    _select(stage, "audit.table", 0)
    stage.find("page.audit", AuditPage)._open()


@scene
def audit_details_with_long_names(stage: Stage) -> None:
    stage.world.events = [event(number, long=True) for number in range(30)]
    audit_details(stage)


@scene
def approvals(stage: Stage) -> None:
    stage.world.requests = some_requests()
    shell = stage.shell()
    if not shell.pane.isVisible():
        shell._toggle_pane()


@scene
def toast(stage: Stage) -> None:
    users_one_selected(stage)
    stage.window.say("Mia Brandt is saved.", "good")


@scene
def toast_of_an_error(stage: Stage) -> None:
    users_one_selected(stage)
    stage.window.say(f"Something went wrong in the server. {REASON} Call id c_8d1f.", "bad")


@scene
def find(stage: Stage) -> None:
    dialog = stage.shell().open_find()
    stage.settle()
    dialog._search.setText("person")
    dialog._ask()


@scene
def find_nothing(stage: Stage) -> None:
    dialog = stage.shell().open_find()
    stage.settle()
    dialog._search.setText("nobody")
    dialog._ask()


@scene
def demo_phone_start(stage: Stage) -> None:
    _phone(stage, _Start(lambda: None))


@scene
def demo_phone_digits(stage: Stage) -> None:
    screen = Digits()
    screen.code.show_code("482913")
    _phone(stage, screen)


@scene
def demo_phone_asked(stage: Stage) -> None:
    screen = Asked(lambda _: None, lambda: None)
    told = {
        "kind": "management",
        "action": "user.delete",
        "target": [{"name": LONG_MAIL}],
        "consequence": CONSEQUENCE,
        "username": "amelia.hart",
        "device_name": LONG_CLAIM,
        "application": "Countersign 0.1.0, Windows",
        "ip": "192.168.1.24",
        "notices": [],
        "reason": REASON,
    }
    screen.show_request(Shown("req_1", "pending", b"", told))
    _phone(stage, screen)


def _phone(stage: Stage, screen: QWidget) -> None:
    handset = Handset(screen)
    handset.setParent(stage.window)
    handset.fit(stage.window.size())
    handset.show()
    stage.settle()


def some_requests() -> list[Request]:
    """Return requests in every state."""
    return [
        request(),
        request(own=False),
        request(own=False, long=True),
        *(request(status) for status in RequestStatus if status is not RequestStatus.PENDING),
        request(RequestStatus.REJECTED, long=True),
    ]


def _select(stage: Stage, table: str, row: int) -> None:
    stage.find(table, Table).selectRow(row)
    stage.settle()


def played(names: list[str] | None = None) -> Iterator[tuple[str, Scene]]:
    """Return the scenes of these names, or all."""
    for name, build in SCENES.items():
        if not names or name in names:
            yield name, build


__all__ = ["LONG", "SCENES", "Scene", "Stage", "played", "scene"]

from tests.desktop import (  # noqa: E402 - they add theirs
    scenes_of_administrators,  # noqa: F401
    scenes_of_deletions,  # noqa: F401
    scenes_of_governing,  # noqa: F401
    scenes_of_phones,  # noqa: F401
    scenes_of_storage,  # noqa: F401
    scenes_of_users,  # noqa: F401
    scenes_of_ways_back,  # noqa: F401
)
