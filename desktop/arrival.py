"""From the start of the program to a signed-in console and back: which screen comes next."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.settings import Settings, ThemeChoice, default_folder
from desktop.core.tasks import Tasks
from desktop.core.vault import Vault
from desktop.core.words import t
from desktop.dialogs.connect import Connect
from desktop.dialogs.first_run import FirstRun
from desktop.dialogs.invitation import Invitation
from desktop.dialogs.set_up import SetUpForm
from desktop.dialogs.sign_in import SignInForm
from desktop.dialogs.sign_in_waiting import SignInWaiting
from desktop.dialogs.starting import Starting
from desktop.host import Host, Serving
from desktop.shell import Shell
from desktop.style.theme import theme
from desktop.window import Window
from server.contract.administrator import Me
from server.contract.health import Health
from server.contract.session import SignedIn, Waiting

LOOK_AGAIN_MS = 1500


class Arrival(QObject):
    """Owns the server on this computer, if there is one, and the desk."""

    def __init__(self, window: Window, tasks: Tasks, vault: Vault, settings: Settings) -> None:
        super().__init__(window)
        self.desk: Desk | None = None
        self.host: Host | None = None
        self._window = window
        self._tasks = tasks
        self._vault = vault
        self._settings = settings
        self._folder = default_folder()
        self._setup_token: str | None = None

    def start(self, folder: Path | None, url: str) -> None:
        """Show the first screen; what is given here comes before what was remembered."""
        remembered = self._settings.get(Settings.folder)
        if folder is not None:
            self._folder = folder
        elif remembered:
            self._folder = Path(remembered)
        url = url or ("" if folder is not None else self._settings.get(Settings.url))
        if url:
            self._turn_to(url)
        elif remembered == str(self._folder) or _used(self._folder):
            self._serve(self._folder)
        else:
            self._first_run()

    def close(self) -> None:
        """Let go of everything."""
        if self.desk is not None:
            self.desk.close()
        if self.host is not None:
            self.host.stop()

    def show_again(self) -> None:
        """Build the screen anew, for another text size."""
        if self.desk is not None and self.desk.session.account is not None:
            self._shell()

    def _first_run(self) -> None:
        screen = FirstRun(self._folder)
        screen.set_up.connect(self._serve)
        screen.connect_asked.connect(self._connect)
        self._window.show_screen(screen)

    def _connect(self) -> None:
        screen = Connect(self._tasks, self._settings.get(Settings.url))
        screen.back.connect(self._first_run)
        screen.chosen.connect(self._chosen)
        self._window.show_screen(screen)

    def _chosen(self, url: str) -> None:
        self._stop_host()
        self._settings.set(Settings.url, url)
        self._settings.set(Settings.folder, "")
        self._turn_to(url)

    def _serve(self, folder: Path) -> None:
        self._stop_host()
        self._folder = folder
        screen = Starting(t("console.starting.foot", folder=folder))
        screen.back.connect(self._give_up)
        self._window.show_screen(screen)
        self.host = Host(folder, self)
        self.host.ready.connect(self._ready)
        self.host.failed.connect(self._not_started)
        self.host.start()

    def _give_up(self) -> None:
        self._stop_host()
        self._first_run()

    def _stop_host(self) -> None:
        if self.host is not None:
            self.host.stop()
            self.host.deleteLater()
            self.host = None

    def _ready(self, serving: Serving) -> None:
        self._settings.set(Settings.folder, str(self._folder))
        self._settings.set(Settings.url, "")
        self._setup_token = serving.setup_token
        screen = self._window.screen_shown
        if isinstance(screen, SetUpForm) and serving.setup_token:
            screen.renew(serving.setup_token)
        if self.desk is None or self.desk.client.url != serving.url.rstrip("/") or isinstance(screen, Starting):
            self._turn_to(serving.url)

    def _not_started(self, words: str) -> None:
        if isinstance(screen := self._window.screen_shown, Starting):
            screen.say(t("console.starting.failed"), words, back=True)

    def _turn_to(self, url: str) -> None:
        if self.desk is not None:
            self.desk.close()
            self.desk.deleteLater()
        self.desk = Desk(url, self._tasks, self._vault, self._settings, self)
        self.desk.said.connect(self._window.say)
        self.desk.session.ended.connect(self._ended)
        if not isinstance(self._window.screen_shown, Starting):
            self._window.show_screen(Starting(self._foot()))
        self._look()

    def _look(self) -> None:
        """Ask the server whether it is set up, again and again until it says."""
        if self.desk is None or not isinstance(self._window.screen_shown, Starting):
            return
        desk, client = self.desk, self.desk.client.in_background()
        self._tasks.run(desk, client.health, self._healthy, self._not_healthy)

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
            if self.host is None:
                screen.say(t("console.starting.away"), shown(error).text, back=True)
            QTimer.singleShot(LOOK_AGAIN_MS, self, self._look)

    def _set_up(self, setup_token: str) -> None:
        screen = SetUpForm(self._at(), setup_token, self._foot())
        screen.done.connect(self._set_up_done)
        self._window.show_screen(screen)

    def _set_up_done(self, username: str, password: str) -> None:
        self._sign_in(username).fill(username, password)

    def _sign_in(self, username: str = "", notice: str = "") -> SignInForm:
        screen = SignInForm(self._at(), self._foot(), username or self._settings.get(Settings.username), notice)
        screen.signed_in.connect(self._signed_in)
        screen.waiting.connect(self._wait)
        screen.invited.connect(self._invitation)
        screen.elsewhere.connect(self._first_run)
        self._window.show_screen(screen)
        return screen

    def _wait(self, waiting: Waiting) -> None:
        screen = SignInWaiting(self._at(), waiting, self._foot())
        screen.signed_in.connect(self._signed_in)
        screen.back.connect(lambda: self._sign_in(waiting.request.requested_by))
        self._window.show_screen(screen)

    def _invitation(self) -> None:
        screen = Invitation(self._at(), self._foot())
        screen.back.connect(self._sign_in_again)
        screen.done.connect(lambda username: self._sign_in(username, t("console.invitation.done")))
        self._window.show_screen(screen)

    def _sign_in_again(self) -> None:
        self._sign_in()

    def _signed_in(self, answer: SignedIn) -> None:
        desk = self._at()
        desk.client.token = answer.token
        client = desk.client

        def arrived(me: Me) -> None:
            self._settings.set(Settings.username, answer.administrator.username)
            desk.session.begin(answer.token, me)
            desk.approvals.reload()
            desk.live.start(client)
            self._shell()

        def failed(error: Exception) -> None:
            client.token = None
            self._sign_in(answer.administrator.username, shown(error).text)

        self._tasks.run(desk, client.me, arrived, failed)

    def _shell(self) -> None:
        shell = Shell(self._at())
        shell.signed_out.connect(self._sign_out)
        shell.sidebar.theme_chosen.connect(self._choose_theme)
        shell.sidebar.size_chosen.connect(self._choose_size)
        self._window.show_screen(shell)

    def _sign_out(self) -> None:
        desk = self._at()
        client = desk.client
        leave = client.end_session
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

    def _at(self) -> Desk:
        if self.desk is None:
            message = "there is no server to talk to yet"
            raise RuntimeError(message)
        return self.desk

    def _foot(self) -> str:
        url = self.desk.client.url if self.desk else ""
        return t("console.foot", url=url)


def _used(folder: Path) -> bool:
    """Tell whether a server has been here before."""
    return folder.is_dir() and any(folder.iterdir())
