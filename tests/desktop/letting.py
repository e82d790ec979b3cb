"""How a test lets phones connect from the console: the way to the install page, and what a phone does then."""

import socket
import ssl
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QWidget

from desktop.demo.phone import SoftwarePhone
from tests.desktop.hand import Hand

NAME = "nw-server.test"
PHONE = "192.168.1.23"


def let_connect(hand: Hand, port: str = "") -> Path:
    """Choose a name, and come as far as the install page; return the data folder."""
    hand.click("settings.phones.open")
    hand.see("reach.name.other").click()
    hand.type("reach.other_name", NAME)
    if port:
        hand.type("reach.port", port)
    insist(hand)
    host = hand.console.arrival.host
    assert host is not None
    return host.folder


def open_with(phone: SoftwarePhone, hand: Hand) -> None:
    """Sign in with this phone, and open what lets phones connect."""
    hand.sign_in()
    code = hand.text("waiting.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.click("nav.settings")
    hand.click("settings.tab.server")
    hand.click("settings.phones.open")


def insist(hand: Hand) -> None:
    """Take a name that leads nowhere, after the warning."""
    hand.click("reach.go")
    hand.reads("reach.address_warning.text", "leads nowhere")
    hand.click("reach.go")


def authority_of(folder: Path) -> str:
    found = list((folder / "tls").rglob("authority.pem"))
    assert len(found) == 1
    return found[0].read_text("ascii")


def call(port: int, authority: str, name: str, host: str = "127.0.0.1") -> bytes:
    """Come as a phone does that trusts this authority, through a proxy that says for whom."""
    context = ssl.create_default_context(cadata=authority)
    with (
        socket.create_connection((host, port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        head = f"GET /phone/ HTTP/1.1\r\nHost: {name}:{port}\r\nX-Forwarded-For: {PHONE}\r\nConnection: close\r\n\r\n"
        secure.sendall(head.encode())
        return secure.recv(64)


def port_of(hand: Hand) -> int:
    desk = hand.console.arrival.desk
    assert desk is not None
    return desk.client.reach().port


def closed(host: str | None, port: int | None) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host or "", port or 0)) != 0


def served(hand: Hand) -> str:
    host = hand.console.arrival.host
    assert host is not None
    hand.wait(lambda: host.serving is not None, "the server")
    assert host.serving is not None
    return host.serving.url


def choose(box: QWidget, place: int) -> None:
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(place)
    box.activated.emit(place)


def folder_of(hand: Hand) -> Path:
    assert hand.console.arrival.host is not None
    return hand.console.arrival.host.folder
