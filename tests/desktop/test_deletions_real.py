"""Deleting users with their data, against a real server and a real S3 service: asked, approved, reported."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QRadioButton

from tests.desktop.hand import Hand
from tests.living import LivingServer
from tests.server.customers import BESIDE, HERS, Customers
from tests.server.storing import LOOPBACK, Service

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]
MIA = "mia.brandt@contoso.example"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    found = Service(tmp_path_factory.mktemp("s3"))
    yield found
    found.close()


@pytest.fixture
def begin(
    start_server: Start, open_console: Open, service: Service, tmp_path: Path
) -> Callable[..., tuple[Hand, Customers]]:
    """Open a console at the users, with one of them whose data lies beside another's."""

    def begun(**more: object) -> tuple[Hand, Customers]:
        server = start_server(**LOOPBACK, storage_refresh=0, **more)
        there = Customers(server, service, f"http://127.0.0.1:{service.port}", f"bucket{abs(hash(tmp_path))}")
        hand = open_console(url=server.url)
        hand.sign_in()
        code = hand.text("waiting.code")
        there.phone.approve(there.phone.pending()[0].id, code)
        hand.click("nav.users")
        hand.select("users.table", MIA, 1)
        return hand, there

    return begun


def choose(hand: Hand, name: str) -> None:
    """Choose by a radio button."""
    button = hand.see(name)
    assert isinstance(button, QRadioButton)
    button.click()


def confirm(hand: Hand, there: Customers, dialog: str) -> None:
    """Ask for it, and confirm it on the phone."""
    hand.click(f"{dialog}.submit")
    code = hand.text("confirmation.code")
    assert there.phone.approve(there.phone.pending()[0].id, code) == "executed"
    hand.reads("confirmation.status", "Approved")
    hand.click("confirmation.close")


def ask_for_all(hand: Hand, there: Customers) -> None:
    """Ask to delete her with the data, once it is measured."""
    hand.click("users.delete")
    hand.reads("delete_user.consequence", "can no longer sign in")
    choose(hand, "delete_user.way.user_and_data")
    hand.reads("delete_user.consequence", "never measured")
    hand.click("delete_user.data.measure")
    hand.reads("delete_user.data.much", "1.5 kB · 2 objects")
    hand.reads("delete_user.consequence", "1.5 kB, 2 objects")
    confirm(hand, there, "delete_user")


def test_held_then_deleted_now_the_prefix_is_empty_and_the_report_stays(
    begin: Callable[..., tuple[Hand, Customers]],
) -> None:
    hand, there = begin()
    ask_for_all(hand, there)
    hand.wait(lambda: hand.column("users.table", 3)[0].startswith("Deleted in 7"), "the clock")
    assert there.lie() == BESIDE | HERS
    hand.click("users.delete_now")
    hand.reads("delete_now.consequence", "as soon as it is approved")
    confirm(hand, there, "delete_now")
    hand.see("users.empty")
    assert there.lie() == BESIDE
    hand.click("users.tab.deletions")
    hand.select("deletions.table", MIA)
    assert hand.column("deletions.table", 2) == ["Done"]
    assert hand.column("deletions.table", 4) == ["2 of 2"]
    hand.click("deletions.report")
    assert hand.see("deletion.status").text() == "Done"
    told = hand.see("deletion.facts").text()
    for part in ("Vault", "customers/mia", "2 objects · 1.5 kB", "0 objects", "amelia.hart"):
        assert part in told
    hand.click("deletion.request")
    hand.see("page.approvals")


def test_on_hold_one_click_restores(begin: Callable[..., tuple[Hand, Customers]]) -> None:
    hand, there = begin()
    there.approve("user.delete", mode="user_and_data")
    hand.reads("users.story", "Until then it can be called off")
    hand.click("users.restore")
    hand.reads("toast.text", "is active again. Nothing was deleted.")
    hand.wait(lambda: hand.column("users.table", 3) == ["Active"], "the user")
    assert there.lie() == BESIDE | HERS
    assert there.deletion()["status"] == "called_off"


def test_without_a_hold_the_data_alone_is_gone_at_once(begin: Callable[..., tuple[Hand, Customers]]) -> None:
    hand, there = begin(hold=0)
    hand.click("users.delete")
    choose(hand, "delete_user.way.data_only")
    hand.reads("delete_user.consequence", "The user stays.")
    confirm(hand, there, "delete_user")
    hand.wait(lambda: hand.column("users.table", 5) == ["0 bytes"], "nothing to be left")
    assert hand.column("users.table", 3) == ["Active"]
    assert there.lie() == BESIDE
