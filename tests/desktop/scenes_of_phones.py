"""The screens about phones: letting them connect, waking them, and what is told once when one is cut off."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from desktop.core.authority import Authorities
from desktop.core.proxy import Proxy
from desktop.core.reach import Outcome
from desktop.core.told import Secret
from desktop.core.words import t
from desktop.dialogs.about import About
from desktop.dialogs.connect import Connect
from desktop.dialogs.enrolment import EnrolmentDialog
from desktop.dialogs.reach import ReachDialog
from desktop.dialogs.retire_origin import RetireOrigin
from desktop.dialogs.told import Told
from desktop.host import Host, Serving
from desktop.keeper import Keeper
from desktop.places import Place
from desktop.reaching import Plan
from server.contract.reach import Address, Certificate, Install, Opened, Reach, Reached, Refused
from server.contract.request import Push
from server.contract.two_factor import PushTest
from tests.desktop.answers import LONG, NOW, origin, reach, request
from tests.desktop.scenes import Stage, scene

PLAN = Plan(("init",), "nw-server.local")
GRANT = "x8Kq2v" * 7
PEM = (Path(__file__).parent / "authority.pem").read_text("ascii")


def keeper_of(stage: Stage) -> Keeper:
    """Return the keeper of a server that this console has started, so to speak."""
    host = Host(Path(stage.settings.file).parent / "data", stage.window)
    host.serving = Serving(Place("http://127.0.0.1:9"), ours=True)
    return Keeper(host, None, stage.tasks, stage.window)


def reaching(stage: Stage, *, here: bool = True) -> ReachDialog:
    """Open the dialog, of a server of this computer or of another's."""
    keeper = keeper_of(stage) if here else None
    dialog = ReachDialog(stage.shell("settings", keeper), stage.desk, keeper)
    dialog.open()
    stage.settle()
    return dialog


@scene
def reach_address(stage: Stage) -> None:
    stage.world.origins = [origin(current=True)]
    reaching(stage)


@scene
def reach_address_without_a_name(stage: Stage) -> None:
    reaching(stage)._address._own._group.button(2).click()


@scene
def reach_address_typed(stage: Stage) -> None:
    dialog = reaching(stage)
    dialog._address._own._group.button(3).click()
    dialog._address._own._group.button(3).setFocus()
    dialog._submit()
    dialog._address.accuse(f"That was not done, and nothing was changed: the folder belongs to {LONG}")


@scene
def reach_address_that_leads_elsewhere(stage: Stage) -> None:
    dialog = reaching(stage)
    dialog._address._own._group.button(3).click()
    dialog._address._own._group.button(3).setFocus()
    dialog._address._own.other.edit.setText("console.northwind.example")
    dialog._address.doubt("console.northwind.example", ["203.0.113.9"])
    dialog._point_out()


@scene
def reach_address_where_no_name_resolves(stage: Stage) -> None:
    addresses = stage.world.reach.addresses
    addresses[0] = addresses[0].model_copy(update={"name": "vm", "resolves": False, "to": ["127.0.1.1"]})
    reaching(stage)


@scene
def reach_certificate_files(stage: Stage) -> None:
    dialog = reaching(stage)
    dialog._address._group.button(1).click()
    dialog._submit()


@scene
def reach_proxy(stage: Stage) -> None:
    dialog = reaching(stage)
    dialog._address._group.button(2).click()
    dialog._submit()


@scene
def reach_back_to_this_computer(stage: Stage) -> None:
    stage.world.reach = reach(on=True)
    stage.world.origins = [origin(current=True)]
    dialog = reaching(stage)
    dialog._choose()
    dialog._address._group.button(3).click()


@scene
def reach_still_open(stage: Stage) -> None:
    stage.world.reach = reach(pin_devices=True)
    stage.world.origins = [origin(phones=3)]
    reaching(stage)


@scene
def reach_health_of_a_strange_address(stage: Stage) -> None:
    stage.world.reach = reach(on=True, origin="https://10.1.2.3:8443", pin_devices=True, reached=None)
    reaching(stage)


LOST = "/etc/letsencrypt/live/countersign.example.com/fullchain.pem is missing; put it back, or choose another one"


@scene
def reach_working(stage: Stage) -> None:
    dialog = reaching(stage)
    dialog._certificate.show_progress(PLAN, 1)
    dialog._turn(dialog._certificate, 1, "Working…")


@scene
def reach_not_started(stage: Stage) -> None:
    dialog = reaching(stage)
    dialog._certificate.show_progress(PLAN, 1)
    said = "port 8443 on 0.0.0.0 cannot be used (Address already in use); stop what uses it, or choose another port"
    dialog._certificate.fail(1, said, t("console.reach.working_failed_text"))
    dialog._turn(dialog._certificate, 1, "", failed=True)


def _installing(stage: Stage, *, here: bool = True, **more: Any) -> ReachDialog:
    dialog = reaching(stage, here=here)
    stage.world.reach = reach(on=True, **({"reached": None} | more))
    dialog._take((stage.world.reach, []))
    dialog._show_install()
    stage.settle()
    dialog._timer.stop()
    return dialog


def opened(at: datetime) -> Install:
    """Return an install page that a phone has opened then."""
    return Install(url="http://nw-server.local:8480/", open_until=NOW, opened=Opened(ip="192.168.1.23", at=at))


def _waiting(stage: Stage, waited: float = 34.0, *, here: bool = True, **more: Any) -> ReachDialog:
    dialog = _installing(stage, here=here)
    dialog._wait()
    dialog._begun = time.monotonic() - waited
    stage.world.reach = reach(on=True, **({"reached": None} | more))
    dialog._look()
    stage.settle()
    dialog._timer.stop()
    return dialog


@scene
def reach_install_page(stage: Stage) -> None:
    _installing(stage)


@scene
def reach_app_of_a_trusted_server(stage: Stage) -> None:
    _installing(stage, authority=None, how="certificate", install=None)


@scene
def reach_waiting(stage: Stage) -> None:
    _waiting(stage, 4.0)


@scene
def reach_installing(stage: Stage) -> None:
    _waiting(stage, install=opened(NOW - timedelta(seconds=20)))


@scene
def reach_nothing_arrives_though_the_page_did(stage: Stage) -> None:
    _waiting(stage, install=opened(NOW - timedelta(seconds=150)))


@scene
def reach_nothing_arrives(stage: Stage) -> None:
    _waiting(stage)


@scene
def reach_nothing_arrives_elsewhere(stage: Stage) -> None:
    _waiting(stage, here=False)


@scene
def reach_nothing_arrives_on_windows(stage: Stage) -> None:
    _waiting(stage)._phone._advice._group.button(0).click()


@scene
def reach_through_a_proxy(stage: Stage) -> None:
    dialog = reaching(stage)
    dialog._led = dialog._phone.led = ("203.0.113.7",)
    stage.world.reach = _proxied()
    dialog._reach = stage.world.reach
    dialog._show_install()
    stage.settle()
    dialog._timer.stop()


@scene
def reach_health_of_a_proxy(stage: Stage) -> None:
    stage.world.reach = _proxied()
    reaching(stage)


@scene
def reach_health_of_an_old_address_behind_a_proxy(stage: Stage) -> None:
    stage.world.reach = reach(on=True)
    behind = origin().model_copy(update={"origin": _proxied().origin, "upstream": 8400})
    stage.world.origins = [origin(current=True), behind]
    reaching(stage)


@scene
def reach_health_of_an_old_address_that_is_not_served(stage: Stage) -> None:
    stage.world.reach = reach(on=True)
    file = "/etc/letsencrypt/live/old-name-of-the-server.northwind.example/fullchain.pem"
    fault = f"{file} is missing; put it back, or choose another one"
    stage.world.origins = [origin(current=True), origin(phones=2).model_copy(update={"fault": fault})]
    reaching(stage)


@scene
def reach_nothing_arrives_through_a_proxy(stage: Stage) -> None:
    dialog = reaching(stage)
    dialog._led = dialog._phone.led = ()
    stage.world.reach = dialog._reach = _proxied()
    dialog._wait()
    dialog._begun = time.monotonic() - 34.0
    dialog._look()
    stage.settle()
    dialog._timer.stop()


@scene
def reach_through_a_proxy_that_is_down(stage: Stage) -> None:
    dialog = reaching(stage)
    dialog._led = dialog._phone.led = ("203.0.113.7",)
    stage.world.reach = dialog._reach = _proxied()
    dialog._wait()
    stage.settle()
    dialog._timer.stop()
    dialog._phone.show_outcome(stage.world.reach, Outcome.NOTHING, 34.0, Proxy.REFUSED)
    dialog._fit_once()


@scene
def reach_with_a_name_that_leads_to_itself(stage: Stage) -> None:
    addresses = stage.world.reach.addresses
    addresses[0] = addresses[0].model_copy(update={"resolves": False, "to": ["127.0.1.1"]})
    addresses[1] = addresses[1].model_copy(update={"to": ["192.168.7.9"]})
    reaching(stage)._address._own._group.button(0).click()


@scene
def reach_missing(stage: Stage) -> None:
    keeper = keeper_of(stage)
    keeper.host.serving = None
    stage.world.fails_reach = True
    ReachDialog(stage.shell("settings", keeper), stage.desk, keeper).open()


@scene
def reach_elsewhere(stage: Stage) -> None:
    stage.world.reach = reach(on=True)
    reaching(stage, here=False)


def _proxied() -> Reach:
    origin = "https://countersign.northwind.example"
    return reach(on=True, origin=origin, how="proxy", port=8400, authority=None, certificate=None, install=None)


@scene
def reach_not_trusted(stage: Stage) -> None:
    _waiting(stage, refused=Refused(at=NOW, why="untrusted", name="nw-server.local"))


@scene
def reach_wrong_name(stage: Stage) -> None:
    _waiting(stage, refused=Refused(at=NOW, why="wrong_name", name="nw-server"))


@scene
def reach_a_proxy_that_is_silent(stage: Stage) -> None:
    _kept_back(stage, "proxy_silent", "127.0.0.1")


@scene
def reach_a_proxy_that_is_not_listed(stage: Stage) -> None:
    _kept_back(stage, "proxy_unlisted", "2001:db8:85a3::8a2e:370:7334")


@scene
def reach_a_proxy_that_names_another_host(stage: Stage) -> None:
    _kept_back(stage, "proxy_host", "localhost")


def _kept_back(stage: Stage, why: Any, name: str) -> None:
    origin = "https://countersign.northwind.example"
    refused = Refused(at=NOW, why=why, name=name)
    _waiting(stage, origin=origin, how="proxy", port=8400, authority=None, install=None, refused=refused)


@scene
def reached(stage: Stage) -> None:
    stage.world.protected = False
    _waiting(stage, reached=Reached(ip="192.168.1.23", at=NOW, application="Chrome 156, Android"))


@scene
def reach_health_of_a_name_that_only_phones_find(stage: Stage) -> None:
    addresses = [each.model_copy(update={"resolves": False, "to": []}) for each in reach().addresses]
    stage.world.reach = reach(on=True, addresses=addresses)
    reaching(stage)


@scene
def reach_wrong_name_where_the_right_one_is_unknown(stage: Stage) -> None:
    addresses = [each.model_copy(update={"resolves": False, "to": []}) for each in reach().addresses]
    _waiting(stage, refused=Refused(at=NOW, why="wrong_name", name="nw-server"), addresses=addresses)


@scene
def reach_health(stage: Stage) -> None:
    stage.world.reach = reach(on=True)
    reaching(stage)


@scene
def reach_health_of_a_certificate_that_is_lost(stage: Stage) -> None:
    stage.world.reach = reach(on=True, fault=LOST)
    reaching(stage)


@scene
def reach_health_of_files_that_end_soon(stage: Stage) -> None:
    ending = Certificate(
        names=["nw"], expires_at=NOW + timedelta(days=9), renews_at=None, file="/etc/countersign/c.pem"
    )
    stage.world.reach = reach(on=True, how="certificate", authority=None, certificate=ending)
    reaching(stage)


@scene
def reach_health_of_a_server_deaf_to_ipv6(stage: Stage) -> None:
    stage.world.reach = _deaf()
    reaching(stage)


@scene
def reach_nothing_arrives_by_ipv6(stage: Stage) -> None:
    _waiting(stage, addresses=_deaf().addresses, ipv6=False)


def _deaf() -> Reach:
    six = [Address(name="nw-server.local", kind="name", resolves=True, to=["2001:db8:85a3::8a2e:370:7334"])]
    return reach(on=True, addresses=six, ipv6=False, reached=None)


@scene
def reach_health_with_old_addresses_and_long_names(stage: Stage) -> None:
    stage.world.reach = reach(on=True, long=True)
    stage.world.origins = [origin(current=True), origin(phones=7, long=True)]
    reaching(stage)


@scene
def retire(stage: Stage) -> None:
    RetireOrigin(stage.shell("settings"), stage.desk, origin(phones=2)).open()


@scene
def grants(stage: Stage) -> None:
    secrets = [Secret("grant", username, GRANT) for username in ("jonas.keller", "priya.nair")]
    dialog = Told(stage.shell("settings"), stage.desk, secrets)
    dialog.open()
    dialog._copy()


@scene
def connect_and_compare(stage: Stage) -> None:
    screen = Connect(stage.tasks, Authorities(stage.settings.authorities), "https://countersign.northwind.example:8443")
    stage.show(screen)
    screen._show_authority(screen._url.text, PEM)


@scene
def connect_to_a_page_of_a_server(stage: Stage) -> None:
    url = "https://countersign.northwind.example:8443/phone/settings"
    stage.show(screen := Connect(stage.tasks, Authorities(stage.settings.authorities), url))
    screen._submit()


@scene
def connect_to_a_changed_authority(stage: Stage) -> None:
    authorities = Authorities(stage.settings.authorities)
    authorities.pin("https://countersign.northwind.example:8443", PEM)
    stage.show(screen := Connect(stage.tasks, authorities, "https://countersign.northwind.example:8443"))
    screen._show_authority(screen._url.text, PEM)
    authorities.forget(screen._url.text)


@scene
def enrolment_install(stage: Stage) -> None:
    stage.world.protected = False
    stage.world.reach = reach(on=True)
    EnrolmentDialog(stage.shell("settings"), stage.desk).open()


@scene
def enrolment_on_this_computer_alone(stage: Stage) -> None:
    stage.world.protected = False
    EnrolmentDialog(stage.shell("settings"), stage.desk, here=True).open()


@scene
def settings_of_a_phone_that_was_tested(stage: Stage) -> None:
    stage.world.phone = {
        "push_sent_at": NOW,
        "push_test": PushTest(id="t", asked_at=NOW, sent_at=NOW, opened_at=NOW + timedelta(seconds=6)),
    }
    stage.shell("settings")


@scene
def settings_of_a_phone_that_is_away(stage: Stage) -> None:
    stage.world.phone = {"away": True, "verification": "PIN", "last_seen_at": NOW - timedelta(days=9)}
    stage.shell("settings")


@scene
def settings_of_a_phone_without_push(stage: Stage) -> None:
    stage.world.phone = {
        "push": False,
        "push_problem": "gone",
        "push_test": PushTest(id="t", asked_at=NOW, problem="unreachable"),
    }
    stage.shell("settings")


@scene
def approvals_without_push(stage: Stage) -> None:
    stage.world.phone = {"push": False, "push_problem": "off"}
    stage.world.requests = [request(push=Push(), now=NOW + timedelta(seconds=30))]
    shell = stage.shell()
    if not shell.pane.isVisible():
        shell._toggle_pane()


@scene
def server(stage: Stage) -> None:
    stage.world.reach = reach(on=True)
    _server(stage, keeper_of(stage))


@scene
def server_before_any_phone(stage: Stage) -> None:
    stage.world.reach = reach(on=True, reached=None)
    _server(stage, keeper_of(stage))


@scene
def server_behind_a_proxy_that_keeps_something_back(stage: Stage) -> None:
    silent = Refused(at=NOW, why="proxy_silent", name="127.0.0.1")
    stage.world.reach = _proxied().model_copy(update={"refused": silent})
    _server(stage, keeper_of(stage))


@scene
def server_in_trouble(stage: Stage) -> None:
    stage.world.health = {
        "status": "degraded",
        "details": {
            "database": "sqlite",
            "warnings": ["pins_in_vain", "push_proxy", "silent_proxy"],
            "push": {"problem": "proxy", "since": NOW.isoformat(), "host": "fcm.googleapis.com"},
        },
    }
    _server(stage, keeper_of(stage))


@scene
def server_whose_certificate_is_lost(stage: Stage) -> None:
    stage.world.reach = reach(on=True, fault=LOST)
    warnings = ["certificate_unreadable", "certificate_ends_soon"]
    stage.world.health = {"status": "degraded", "details": {"database": "sqlite", "warnings": warnings}}
    _server(stage, keeper_of(stage))


@scene
def server_elsewhere(stage: Stage) -> None:
    stage.world.reach = reach(on=True, long=True)
    _server(stage, None)


@scene
def about(stage: Stage) -> None:
    About(stage.shell(), stage.desk).open()


@scene
def first_run_done(stage: Stage) -> None:
    stage.world.protected = False
    stage.world.users = []
    days = [day.model_copy(update={"approved": 0, "rejected": 0, "expired": 0}) for day in stage.world.overview.days]
    counts = {"users": 0, "companies": 0, "administrators": 1, "phones_away": 0, "days": days}
    stage.world.overview = stage.world.overview.model_copy(update=counts)
    stage.shell("overview", keeper_of(stage))


def _server(stage: Stage, keeper: Keeper | None) -> None:
    shell = stage.shell("settings", keeper)
    shell.show_page("settings.server")
    stage.settle()
