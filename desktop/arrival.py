"""From the start of the program to a server: where it runs, and the bundled one of this computer.

What comes after the first screen is loaded when it is needed: that screen is to be there at once.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.core.settings import Settings, default_folder
from desktop.core.words import t
from desktop.dialogs.first_run import FirstRun
from desktop.dialogs.starting import Starting
from desktop.means import Means

if TYPE_CHECKING:
    from desktop.core.desk import Desk
    from desktop.host import Host, Serving
    from desktop.keeper import Keeper
    from desktop.places import Place
    from desktop.service.service import Service
    from desktop.visit import Visit


class Arrival(QObject):
    """Owns the server on this computer, if there is one, and the visit to a server."""

    turned = Signal(object)
    """The `Desk` of the server that is visited from now on."""

    def __init__(self, means: Means, services: "Callable[[Path], Service | None]") -> None:
        super().__init__(means.window)
        self.host: Host | None = None
        self.keeper: Keeper | None = None
        self._services = services
        self._visit: Visit | None = None
        self._means = means
        self._window, self._tasks, self._settings = means.window, means.tasks, means.settings
        self._folder = default_folder()
        self._visited: Path | None = None
        """The folder whose server is visited; none for a server elsewhere."""

    @property
    def desk(self) -> "Desk | None":
        """The desk of the server that is visited."""
        return self._visit.desk if self._visit else None

    def start(self, folder: Path | None, url: str) -> None:
        """Show the first screen; what is given here comes before what was remembered."""
        remembered = self._settings.get(Settings.folder)
        if folder is not None:
            self._folder = folder
        elif remembered:
            self._folder = Path(remembered)
        url = url or ("" if folder is not None else self._settings.get(Settings.url))
        if url:
            self._window.show_screen(screen := Starting(t("console.foot", url=url)))
            screen.back.connect(self._first_run)
            self._once_loaded(screen, lambda: self._turn_to_url(url))
        elif remembered == str(self._folder) or _used(self._folder):
            self._serve(self._folder)
        else:
            self._first_run()
            QTimer.singleShot(0, self, lambda: self._once_loaded(self, lambda: None))

    def close(self) -> None:
        """Let go of everything."""
        if self._visit is not None:
            self._visit.close()
        if self.host is not None:
            self.host.stop()

    def show_again(self) -> None:
        """Build the screen anew, for another text size."""
        if self._visit is not None:
            self._visit.show_again()

    def _once_loaded(self, screen: QObject, then: Callable[[], None]) -> None:
        """Go on when the libraries that speak to a server are there; this thread paints meanwhile."""
        self._tasks.run(screen, lambda: import_module("desktop.core.client"), lambda _: then())

    def _first_run(self) -> None:
        screen = FirstRun(self._folder)
        screen.set_up.connect(self._serve)
        screen.connect_asked.connect(self._connect)
        self._window.show_screen(screen)

    def _connect(self) -> None:
        from desktop.core.authority import Authorities  # noqa: PLC0415 - after the first screen
        from desktop.dialogs.connect import Connect  # noqa: PLC0415 - likewise

        screen = Connect(self._tasks, Authorities(self._settings.authorities), self._settings.get(Settings.url))
        screen.back.connect(self._first_run)
        screen.chosen.connect(self._chosen)
        self._window.show_screen(screen)

    def _chosen(self, url: str, setup_token: str) -> None:
        self._stop_host()
        self._settings.set(Settings.url, url)
        self._settings.set(Settings.folder, "")
        self._turn_to_url(url, setup_token or None)

    def _turn_to_url(self, url: str, setup_token: str | None = None) -> None:
        from desktop.core.authority import Authorities  # noqa: PLC0415 - after the first screen
        from desktop.places import Place  # noqa: PLC0415 - likewise

        self._turn_to(Place(url, Authorities(self._settings.authorities).of(url)), setup_token)

    def _serve(self, folder: Path) -> None:
        self._stop_host()
        self._folder = folder
        screen = Starting(t("console.starting.foot", folder=folder))
        screen.back.connect(self._give_up)
        screen.again.connect(lambda: self._serve(folder))
        screen.alone.connect(self._go_alone)
        self._window.show_screen(screen)
        self._once_loaded(screen, lambda: self._start_host(folder))

    def _start_host(self, folder: Path) -> None:
        from desktop.host import Host  # noqa: PLC0415 - after the first screen
        from desktop.keeper import Keeper  # noqa: PLC0415 - likewise

        service = self._services(folder.resolve())
        self.host = Host(folder, self, service)
        self.host.ready.connect(self._ready)  # before the keeper tells others, who use the desk
        self.keeper = Keeper(self.host, service, self._tasks, self.host)
        self.host.failed.connect(self._not_started)
        self.host.start()

    def _give_up(self) -> None:
        self._stop_host()
        self._first_run()

    def _stop_host(self) -> None:
        if self.host is not None:
            self.host.stop()
            self.host.deleteLater()
            self.host = self.keeper = None

    def _ready(self, serving: "Serving") -> None:
        self._settings.set(Settings.folder, str(self._folder))
        self._settings.set(Settings.url, "")
        visit = self._visit
        if visit is not None and self._visited == self._folder and not isinstance(self._window.screen_shown, Starting):
            visit.renew(serving.place, serving.setup_token)
        else:
            self._turn_to(serving.place, serving.setup_token)
            self._visited = self._folder

    def _not_started(self, words: str) -> None:
        from desktop.reaching import in_words, is_set_up  # noqa: PLC0415 - after the first screen

        if isinstance(screen := self._window.screen_shown, Starting):
            screen.fail(in_words(words), alone=is_set_up(self._folder))

    def _go_alone(self) -> None:
        """Let the server be there for this computer alone, since it does not start otherwise."""
        from desktop.reaching import BACK  # noqa: PLC0415 - after the first screen
        from desktop.restart import Restart  # noqa: PLC0415 - likewise

        if self.keeper is not None and isinstance(screen := self._window.screen_shown, Starting):
            screen.say(t("console.starting.title"), t("console.starting.text"))
            restart = Restart(self.keeper, BACK)
            restart.refused.connect(self._not_started)
            restart.begin()
            restart.leave()

    def _turn_to(self, place: "Place", setup_token: str | None = None) -> None:
        from desktop.visit import Visit  # noqa: PLC0415 - after the first screen

        self._visited = None
        if self._visit is not None:
            self._visit.close()
            self._visit.deleteLater()
        self._visit = Visit(self._means, place, setup_token=setup_token, keeper=self.keeper)
        self.turned.emit(self._visit.desk)
        self._visit.left.connect(self._first_run)
        self._visit.start()


def _used(folder: Path) -> bool:
    """Tell whether a server has been here before."""
    return folder.is_dir() and any(folder.iterdir())
