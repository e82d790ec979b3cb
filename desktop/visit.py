"""One server, from its address to a signed-in console and back: which screen comes next."""

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.rights import must_enrol_now
from desktop.core.session import carry_over
from desktop.core.settings import Settings, ThemeChoice
from desktop.core.words import t
from desktop.dialogs.invitation import Invitation
from desktop.dialogs.must_enrol import MustEnrol
from desktop.dialogs.set_up import SetUpForm
from desktop.dialogs.sign_in import SignInForm
from desktop.dialogs.sign_in_waiting import SignInWaiting
from desktop.dialogs.starting import Starting
from desktop.keeper import Keeper
from desktop.means import Means
from desktop.places import Place
from desktop.shell import Shell
from desktop.style.theme import theme
from server.contract.administrator import Me
from server.contract.health import Health
from server.contract.session import SignedIn, Waiting

LOOK_AGAIN_MS = 1500


class Visit(QObject):
    """Owns the desk. `keeper` is there where the server is one that this console runs."""

    left = Signal()
    """Somebody wants another server."""

    def __init__(
        self, means: Means, place: Place, *, setup_token: str | None = None, keeper: Keeper | None = None
    ) -> None:
        super().__init__(means.window)
        self._window, self._tasks, self._settings = means.window, means.tasks, means.settings
        self._setup_token = setup_token
        self._keeper = keeper
        self._enrols = ""
        """The user name of an account that has just accepted its invitation."""
        self.desk = Desk(place.url, means.tasks, means.vault, means.settings, self, authority=place.authority)
        self.desk.said.connect(means.window.say)
        self.desk.live.switched.connect(means.window.show_server)
        self.desk.session.ended.connect(self._ended)

    def start(self) -> None:
        """Ask the server whether it is set up, and go on from there."""
        if not isinstance(self._window.screen_shown, Starting):
            screen = Starting(self._foot())
            screen.back.connect(self.left)
            self._window.show_screen(screen)
        self._look()

    def close(self) -> None:
        """Let go of the server."""
        self.desk.close()

    def renew(self, place: Place, setup_token: str | None) -> None:
        """Go on with the server, which has started again, maybe at another address; the live events need not find out.

        A session outlives its server's restart.
        """
        self._setup_token = setup_token
        desk = self.desk
        transport, old = desk.client.transport, desk.client.url
        if (old, transport.authority) != (place.url, place.authority):
            transport.move(place.url, place.authority)
            username = self._settings.get(Settings.username)
            self._tasks.run(desk, lambda: carry_over(desk.vault, username, old, place.url), lambda _: None)
        if desk.session.account is not None:
            desk.live.start(desk.client)
        screen = self._window.screen_shown
        if isinstance(screen, SetUpForm) and setup_token:
            screen.renew(setup_token)

    def show_again(self) -> None:
        """Build the screen anew, for another text size or other permissions, and turn to the page that was shown."""
        if self.desk.session.account is not None:
            screen = self._window.screen_shown
            place = screen.page_shown if isinstance(screen, Shell) else ""
            self._shell().go(place)

    def _look(self) -> None:
        """Ask again and again until the server says."""
        if isinstance(self._window.screen_shown, Starting):
            client = self.desk.client.in_background()
            self._tasks.run(self.desk, client.health, self._healthy, self._not_healthy)

    def _healthy(self, health: Health) -> None:
        screen = self._window.screen_shown
        if not isinstance(screen, Starting):
            return
        if health.setup_done:
            self._sign_in()
        elif self._setup_token:
            self._set_up(self._setup_token)
        else:
            screen.say(t("console.starting.elsewhere"), t("console.starting.elsewhere_text"), back=True)
            QTimer.singleShot(LOOK_AGAIN_MS, self, self._look)

    def _not_healthy(self, error: Exception) -> None:
        if isinstance(screen := self._window.screen_shown, Starting):
            if self._keeper is None:
                screen.say(t("console.starting.away"), shown(error).text, back=True)
            QTimer.singleShot(LOOK_AGAIN_MS, self, self._look)

    def _set_up(self, setup_token: str) -> None:
        screen = SetUpForm(self.desk, setup_token, self._foot())
        screen.done.connect(self._set_up_done)
        self._window.show_screen(screen)

    def _set_up_done(self, username: str, password: str) -> None:
        self._sign_in(username).fill(username, password)

    def _sign_in(self, username: str = "", notice: str = "") -> SignInForm:
        screen = SignInForm(self.desk, self._foot(), username or self._settings.get(Settings.username), notice)
        screen.signed_in.connect(self._signed_in)
        screen.waiting.connect(self._wait)
        screen.invited.connect(self._invitation)
        screen.elsewhere.connect(self.left)
        self._window.show_screen(screen)
        return screen

    def _wait(self, waiting: Waiting, password: str) -> None:
        username = waiting.request.requested_by
        folder = self._keeper.host.folder if self._keeper is not None else None
        screen = SignInWaiting(self.desk, waiting, self._foot(), folder)
        screen.signed_in.connect(lambda answer: self._signed_in(answer, password))
        screen.recovered.connect(lambda answer: self._signed_in(answer, password, recovered=True))
        screen.again.connect(lambda: self._sign_in(username).fill(username, password))
        screen.back.connect(lambda: self._sign_in(username))
        self._window.show_screen(screen)

    def _invitation(self) -> None:
        screen = Invitation(self.desk, self._foot())
        screen.back.connect(self._sign_in_again)
        screen.done.connect(self._invited)
        self._window.show_screen(screen)

    def _invited(self, username: str, password: str) -> None:
        self._enrols = username
        self._sign_in(username).fill(username, password)

    def _sign_in_again(self) -> None:
        self._sign_in()

    def _signed_in(self, answer: SignedIn, password: str, *, recovered: bool = False) -> None:
        desk = self.desk
        desk.client.token = answer.token
        client = desk.client

        def arrived(me: Me) -> None:
            self._settings.set(Settings.username, answer.administrator.username)
            desk.session.begin(answer.token, me, recovered=recovered)
            desk.approvals.reload()
            desk.live.start(client)
            self._welcome(self._shell(), me, password)

        def failed(error: Exception) -> None:
            client.token = None
            self._sign_in(answer.administrator.username, shown(error).text)

        self._tasks.run(desk, client.me, arrived, failed)

    def _welcome(self, shell: Shell, me: Me, password: str) -> None:
        """Lead straight to the phone where one is wanted, with the password that was typed to sign in.

        That is so after an invitation, a recovery code or a reset; else it is said until when one must be enrolled.
        """
        invited, self._enrols = self._enrols == me.username, ""
        if me.two_factor:
            if self.desk.session.recovered:
                shell.enrol(password)
            else:
                shell.new_codes.ask()
            return
        if not invited and me.must_enrol_by is not None and not must_enrol_now(me):
            dialog = MustEnrol(shell, me.must_enrol_by)
            dialog.wanted.connect(lambda: shell.enrol(password))
            dialog.open()
        elif invited or me.grant_required:
            shell.enrol(password)

    def _shell(self) -> Shell:
        shell = Shell(self.desk, self._keeper)
        shell.signed_out.connect(self._sign_out)
        shell.reshaped.connect(self.show_again)
        shell.sidebar.theme_chosen.connect(self._choose_theme)
        shell.sidebar.size_chosen.connect(self._choose_size)
        self._window.show_screen(shell)
        shell.setFocus()
        return shell

    def _sign_out(self) -> None:
        desk = self.desk
        leave = desk.client.end_session
        desk.run(desk, leave, lambda _: desk.session.end(), lambda _: desk.session.end())

    def _ended(self, why: str) -> None:
        self._sign_in(notice=t(why) if why else "")

    def _choose_theme(self, choice: str) -> None:
        self._settings.set(Settings.theme, ThemeChoice(choice))
        theme().choose(ThemeChoice(choice))

    def _choose_size(self, percent: int) -> None:
        self._settings.set(Settings.text_size, str(percent))
        theme().choose(self._settings.get(Settings.theme), percent / 100)
        QTimer.singleShot(0, self, self.show_again)

    def _foot(self) -> str:
        return t("console.foot", url=self.desk.client.url)
