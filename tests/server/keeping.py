"""How tests have phones keep an address: servers that are reached otherwise by then, and phones that go on."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

from desktop.demo.phone import SoftwarePhone
from server.holdings import own_for
from server.tls import Names
from tests.living import LivingServer, TestConsole
from tests.server.reaching import Forwarding, console_of, phone_of, reachable


def moved(server: LivingServer, console: TestConsole, name: str, port: int = 0) -> tuple[TestConsole, Path]:
    """Restart the server under another name; the console there, and the authority."""
    server.stop()
    authority = reachable(server, name, port=port)
    there = console_of(server, authority)
    there.token, there.known = console.token, console.known
    return there, authority


def behind_proxy(server: LivingServer, origin: str) -> tuple[TestConsole, SoftwarePhone, str]:
    """Set up behind a proxy: the console of this computer, a phone that came through it, and where it forwards to."""
    console, upstream = server.set_up(), server.url
    server.stop()
    assert server.run("tls", "proxy", "--public-url", origin).returncode == 0
    server.start()
    phone = SoftwarePhone(None)
    phone._http.mount("https://", Forwarding(upstream))
    console.url = upstream
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    return console, phone, upstream


def renewed(console: TestConsole, phone: SoftwarePhone, authority: Path) -> SoftwarePhone:
    """Change the provider's phone for one of the current origin, as the refusal says: the old one confirms it."""
    new = phone_of(authority)
    change = console.enrol(new)
    assert change["action"] == "device.change"
    assert phone.approve(change["id"], change["code"]) == "executed"
    return new


def set_up_at(server: LivingServer, name: str, trusted: Path) -> tuple[TestConsole, SoftwarePhone, int]:
    """Set up under an own authority, which `trusted` is from then on; the port that the phone keeps."""
    console, authority = moved(server, server.set_up(), name)
    phone = phone_of(Path(shutil.copy(authority, trusted)))
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    return console, phone, int(phone.origin.rpartition(":")[2])


def anew(server: LivingServer, *words: str) -> CompletedProcess[str]:
    """Run a command of `tls` while the server is stopped."""
    server.stop()
    done = server.run("tls", *words)
    server.start()
    return done


def files(folder: Path, *names: str) -> tuple[Path, tuple[str, ...]]:
    """Make files that an authority signed which no system knows; that authority, and how they are given."""
    made = own_for(folder, Names.of(names), datetime.now(UTC))
    assert made.authority
    return made.authority, ("use", "--certificate", str(made.certificate), "--key", str(made.key), "--public-url")


def is_active(phone: SoftwarePhone) -> bool:
    phone._http.close()  # or it goes on by a connection of before
    return bool(phone.state()["status"] == "active")
