"""Storage accounts with a real service: set up, tried, browsed, measured while one looks on, never told."""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from tests.both import on_sqlite
from tests.gates.world import ControlledServer
from tests.living import LivingServer, TestConsole
from tests.proving import refused, together, wait_for
from tests.server.storing import LOOPBACK, Gate, Service, account, destination, settings
from tests.server.test_companies import sub_of
from tests.storage.services import PASSWORD, SECRET_KEY, USERNAME, serve_sftp

Start = Callable[..., LivingServer]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    found = Service(tmp_path_factory.mktemp("s3"))
    found.put("customers/mia/one", 1000)
    found.put("customers/mia/two", 500)
    found.put("customers/jonas/three", 30)
    found.put("slow/four", 7)
    yield found
    found.close()


@pytest.fixture
def gate(service: Service) -> Iterator[Gate]:
    found = Gate(service.port)
    yield found
    found.close()


@pytest.fixture
def server(start_server: Start) -> LivingServer:
    return start_server(**LOOPBACK, storage_refresh=0)


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


def shown(console: TestConsole, which: str) -> Any:
    return console.call("GET", f"/storage-accounts/{which}")


def measured(console: TestConsole, which: str) -> Any:
    """Measure it, and return it when that is over."""
    console.call("POST", f"/storage-accounts/{which}/measure")
    wait_for(lambda: shown(console, which)["measuring"] is None, 30)
    return shown(console, which)


def test_from_nothing_to_what_lies_there(console: TestConsole, gate: Gate) -> None:
    given = settings(gate.endpoint)
    found = console.call("POST", "/storage-accounts/test", {"kind": "s3_compatible", "settings": given})
    assert (found["result"], sorted(found["places"])) == ("ok", ["customers", "slow"])
    made = account(console, gate.endpoint)
    assert made["settings"] == {name: text for name, text in given.items() if name != "secret_key"}
    which = made["id"]
    assert console.call("POST", f"/storage-accounts/{which}/test")["result"] == "ok"
    top = console.call("GET", f"/storage-accounts/{which}/browse")["items"]
    assert [(each["name"], each["folder"]) for each in top] == [("customers", True), ("slow", True)]
    inner = console.call("GET", f"/storage-accounts/{which}/browse", params={"path": "customers/mia"})["items"]
    assert [(each["name"], each["size"]) for each in inner] == [("one", 1000), ("two", 500)]
    company = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    with_one = destination(console, which, "customers/mia", [company])
    [place] = with_one["destinations"]
    assert (place["companies"], place["bytes"], with_one["bytes"]) == ([company], None, None)
    destination(console, which, "customers/jonas")
    after = measured(console, which)
    assert [(each["bytes"], each["objects"]) for each in after["destinations"]] == [(1500, 2), (30, 1)]
    assert (after["bytes"], after["objects"], after["measured_at"] is not None) == (1530, 3, True)
    [usage] = console.call("GET", f"/storage-accounts/{which}/usage")["items"]
    assert (usage["bytes"], usage["objects"]) == (1530, 3)
    assert [each["id"] for each in console.call("GET", "/storage-accounts", params={"q": "VAU"})["items"]] == [which]
    events = [each["event"] for each in reversed(console.audit()) if each["event"].startswith(("storage", "dest"))]
    tests = ["storage_account:tested", "storage_account:created", "storage_account:tested"]
    assert events == [*tests, "destination:created", "destination:created"]


def test_a_test_names_the_place_that_is_not_there(console: TestConsole, gate: Gate) -> None:
    draft = {"kind": "s3_compatible", "settings": settings(gate.endpoint)}
    for place, result in (("slow/x", "ok"), ("slwo/x", "no_such_place")):
        tried = console.call("POST", "/storage-accounts/test", {**draft, "place": place})
        assert (tried["result"], tried["place"]) == (result, None if result == "ok" else place)
    problem = refused(422, lambda: console.call("POST", "/storage-accounts/test", {**draft, "place": "../x"}))
    assert "place" in problem.members["fields"]
    which = account(console, gate.endpoint)["id"]
    destination(console, which, "slwo/x")
    tried = console.call("POST", f"/storage-accounts/{which}/test")
    assert (tried["result"], tried["place"]) == ("no_such_place", "slwo/x")


def test_what_a_deletion_forgets_of_a_local_folder_is_no_credentials(start_server: Start, tmp_path: Path) -> None:
    console, _ = start_server(**LOOPBACK, storage_folders=tmp_path).protected()
    (tmp_path / "disk").mkdir()
    body = {"name": "Disk", "kind": "local", "settings": {"path": str(tmp_path / "disk")}}
    asked = {"parameters": {"storage_account": console.call("POST", "/storage-accounts", body)["id"]}}
    told = console.call("POST", "/actions/storage_account.delete/preview", asked)["details"]["consequence"]
    assert "What is stored stays in the folder." in told
    assert "credentials" not in told


def test_a_bucket_is_made_and_a_destination_changed_and_removed(console: TestConsole, gate: Gate) -> None:
    which = account(console, gate.endpoint)["id"]
    base = f"/storage-accounts/{which}"
    assert console.call("POST", f"{base}/places", {"name": "fresh"})["name"] == "fresh"
    assert "fresh" in console.call("POST", f"{base}/test")["places"]
    place = destination(console, which, "fresh")["destinations"][0]["id"]
    company = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    path = f"{base}/destinations/{place}"
    [changed] = console.call("PATCH", path, {"name": "New", "companies": [company]})["destinations"]
    assert (changed["name"], changed["companies"]) == ("New", [company])
    assert refused(404, lambda: console.call("PATCH", path, {"companies": ["cmp_x"]})).code == "company_not_found"
    [kept] = shown(console, which)["destinations"]
    assert kept["companies"] == [company], "a refusal changes nothing"
    assert console.call("PATCH", base, {"name": "Safe"})["name"] == "Safe"
    assert console.raw("DELETE", path).status_code == 204
    assert refused(404, lambda: console.call("DELETE", path)).code == "destination_not_found"
    assert shown(console, which)["destinations"] == []
    assert refused(409, lambda: console.call("POST", f"{base}/measure")).code == "no_destinations"


@pytest.mark.parametrize(
    ("kind", "given", "named"),
    [
        ("amazon_s3", {}, "region access_key secret_key"),
        ("amazon_s3", {"region": "eu central", "access_key": "a\nb", "secret_key": "x"}, "region access_key"),
        ("s3_compatible", {"preset": "mine", "endpoint": "ftp://x"}, "preset endpoint access_key secret_key"),
        ("azure_blob", {"account": "UPPER", "key": "§§"}, "account key"),
        ("sftp", {"host": "a b", "port": "0", "username": "u"}, "host port host_key password"),
        ("sftp", {"host": "h", "username": "u", "host_key": "x", "password": "p", "private_key": "q"}, "host_key"),
        ("local", {"path": "relative"}, "path"),
        ("local", {"path": "/etc"}, "path"),
    ],
)
def test_settings_that_do_not_fit_are_named(console: TestConsole, kind: str, given: dict[str, str], named: str) -> None:
    body = {"name": "N", "kind": kind, "settings": given}
    problem = refused(422, lambda: console.call("POST", "/storage-accounts", body))
    assert {f"settings.{name}" for name in named.split()} <= set(problem.members["fields"])
    assert not [text for text in given.values() if len(text) > 1 and text in json.dumps(problem.members)]


@pytest.mark.parametrize(
    "endpoint",
    [
        *("https://user:pw@s3.example.com", "https://s3.example.com?x=1", "https://s3.example.com#x", "s3.example.com"),
        *("file:///etc/passwd", "https://", "https://s3.example.com/../x", "https://s3.example.com\r\nX: y"),
        *("https://s3.example.com:99999", "https://s3.example.com\\@evil.example", "https://[::1", "//s3.example.com"),
    ],
)
@pytest.mark.row("SF-1")
def test_an_endpoint_is_an_address_and_no_more(console: TestConsole, endpoint: str) -> None:
    body = {"name": "N", "kind": "s3_compatible", "settings": settings(endpoint)}
    for path in ("/storage-accounts", "/storage-accounts/test"):
        sent = body if path == "/storage-accounts" else {name: body[name] for name in ("kind", "settings")}
        problem = refused(422, lambda: console.call("POST", path, sent))  # noqa: B023 - called at once
        assert list(problem.members["fields"]) == ["settings.endpoint"]


def test_unknown_settings_are_refused_and_not_repeated(console: TestConsole) -> None:
    given = {**settings("https://s3.example.com"), "canary_member": "x"}
    body = {"name": "N", "kind": "s3_compatible", "settings": given}
    answer = console.raw("POST", "/storage-accounts", body)
    assert (answer.status_code, "canary" in answer.text) == (422, False)


def test_two_destinations_are_never_one_place(console: TestConsole) -> None:
    first = account(console, "https://s3.example.com")["id"]
    second = account(console, "https://S3.example.com:443/", "Second", "another secret")["id"]
    other = account(console, "https://s3.example.com:8443", "Third")["id"]
    destination(console, first, "backups/contoso")
    for place in ("backups", "backups/contoso", "backups/contoso/mia", "backups/contoso/"):
        for which in (first, second):
            problem = refused(409, lambda: destination(console, which, place))  # noqa: B023 - called at once
            assert problem.code == "place_taken"
    for place in ("../x", "/x", "x/../y", "x//y", "x/./y", "x\\y", " x", "x/ y", "a\tb", "a\u202eb"):
        assert refused(422, lambda: destination(console, first, place)).members["fields"]["place"]  # noqa: B023
    destination(console, second, "backups/contoso-2")
    destination(console, other, "backups/contoso")


def test_tests_say_what_is_wrong_in_our_own_words(console: TestConsole, gate: Gate, server: LivingServer) -> None:
    wrong = {"kind": "s3_compatible", "settings": settings(gate.endpoint, "canary-not-this-one")}
    assert console.call("POST", "/storage-accounts/test", wrong)["result"] == "wrong_key"
    which = account(console, gate.endpoint, secret="canary-not-this-one")["id"]
    problem = refused(422, lambda: console.call("GET", f"/storage-accounts/{which}/browse"))
    assert (problem.code, problem.members["result"]) == ("storage_refused", "wrong_key")
    destination(console, which, "customers")
    after = measured(console, which)
    assert (after["destinations"][0]["failure"], after["bytes"]) == ("wrong_key", None)
    assert console.call("GET", f"/storage-accounts/{which}/usage")["items"] == []
    assert "canary-not-this-one" not in server.log()
    told = [json.loads(line) for line in server.log().splitlines() if "was tried" in line]
    assert [(each["kind"], each["result"]) for each in told] == [("s3_compatible", "wrong_key")]
    failed = console.audit(event="storage_account:test_failed")
    assert [(each["outcome"], each["parameters"]["result"]) for each in failed] == [("failed", "wrong_key")]


@pytest.mark.row("SF-3")
def test_addresses_that_nobody_allowed_are_not_reached(start_server: Start, gate: Gate) -> None:
    console = start_server().set_up()
    for endpoint in (gate.endpoint, "http://169.254.169.254", "http://[::ffff:127.0.0.1]:9", "http://2130706433"):
        told = console.call("POST", "/storage-accounts/test", {"kind": "s3_compatible", "settings": settings(endpoint)})
        assert told == {"result": "not_allowed", "places": [], "host_key": None, "place": None}, endpoint


@pytest.mark.row("SF-3")
def test_tests_are_few_at_once_and_in_a_minute(console: TestConsole, gate: Gate) -> None:
    which = account(console, gate.endpoint)["id"]
    gate.hold()
    asking = [
        threading.Thread(
            target=console.raw, args=("GET", f"/storage-accounts/{which}/browse"), kwargs={"params": {"path": "slow"}}
        )
        for _ in range(3)
    ]
    for each in asking:
        each.start()
    path = f"/storage-accounts/{which}/test"
    [answer] = wait_for(lambda: [each for each in [console.raw("POST", path)] if each.status_code == 429])
    assert answer.json()["code"] == "too_many_tests"
    assert int(answer.headers["retry-after"]) >= 1
    gate.release()
    for each in asking:
        each.join()
    while (answer := console.raw("POST", path)).status_code == 200:
        pass
    assert (answer.status_code, int(answer.headers["retry-after"]) > 1) == (429, True)


def test_a_measurement_is_watched_and_stopped(console: TestConsole, gate: Gate) -> None:
    which = account(console, gate.endpoint)["id"]
    destination(console, which, "customers")
    destination(console, which, "slow")
    before = measured(console, which)
    gate.hold()
    console.call("POST", f"/storage-accounts/{which}/measure")
    going = wait_for(lambda: (found := shown(console, which))["measuring"]["bytes"] and found)
    assert (going["measuring"]["bytes"], going["measuring"]["objects"]) == (1530, 3)
    assert going["bytes"] == before["bytes"] == 1537
    again = console.call("POST", f"/storage-accounts/{which}/measure")["measuring"]
    assert again["started_at"] == going["measuring"]["started_at"], "one at a time"
    assert console.raw("DELETE", f"/storage-accounts/{which}/measure").status_code == 204
    after = shown(console, which)
    assert (after["measuring"], after["destinations"]) == (None, before["destinations"])
    assert console.raw("DELETE", f"/storage-accounts/{which}/measure").status_code == 204
    gate.release()
    assert len(console.call("GET", f"/storage-accounts/{which}/usage")["items"]) == 1
    assert measured(console, which)["bytes"] == 1537


def test_who_looks_on_hears_of_it_without_a_word_in_the_database(server: LivingServer, gate: Gate) -> None:
    console = server.set_up()
    which = account(console, gate.endpoint)["id"]
    destination(console, which, "slow")
    headers = {"Authorization": f"Bearer {console.token}"}
    stream = console._http.get(f"{console.url}/api/v1/events", headers=headers, stream=True, timeout=20)
    lines = stream.iter_lines(chunk_size=1)
    assert next(lines) == b": connected"
    gate.hold()
    console.raw("POST", f"/storage-accounts/{which}/measure")
    told = [next(lines) for _ in range(5)][2:]
    assert (told[0], json.loads(told[1].removeprefix(b"data: "))) == (
        b"event: changed",
        {"topics": ["storage"], "subject": which},
    )
    gate.release()
    stream.close()


def test_a_failure_keeps_the_last_good_numbers(console: TestConsole, service: Service, gate: Gate) -> None:
    which = account(console, gate.endpoint)["id"]
    service.put("passing/one", 11)
    destination(console, which, "passing")
    destination(console, which, "customers")
    assert measured(console, which)["bytes"] == 1541
    (service.folder / "passing" / "one").unlink()
    (service.folder / "passing").rmdir()
    after = measured(console, which)
    first, second = after["destinations"]
    assert (first["failure"], first["bytes"], second["failure"]) == ("no_such_place", 11, None)
    assert first["measured_at"] < second["measured_at"]
    gate.close()
    gone = measured(console, which)
    assert [each["failure"] for each in gone["destinations"]] == ["refused", "refused"]
    assert gone["bytes"] == 1541
    assert len(console.call("GET", f"/storage-accounts/{which}/usage")["items"]) == 2


@pytest.mark.both
def test_a_server_that_is_killed_while_it_measures_measures_again(start_server: Start, gate: Gate) -> None:
    server = start_server(**LOOPBACK)
    console = server.set_up()
    which = account(console, gate.endpoint)["id"]
    gate.hold()
    destination(console, which, "slow")  # which is due at once, since it never was measured
    assert gate.waiting.wait(20)
    assert shown(console, which)["measuring"] is not None
    server.kill()
    gate.release()
    server.start()
    console.url = server.url
    wait_for(lambda: shown(console, which)["bytes"] is not None, 30)
    after = shown(console, which)
    assert (after["bytes"], after["objects"], after["destinations"][0]["failure"]) == (7, 1, None)
    wait_for(lambda: shown(console, which)["measuring"] is None)
    assert len(console.call("GET", f"/storage-accounts/{which}/usage")["items"]) == 1


def test_a_server_that_ends_while_it_measures_ends_at_once(start_server: Start, gate: Gate) -> None:
    server = start_server(**LOOPBACK, storage_refresh=0)
    console = server.set_up()
    which = account(console, gate.endpoint)["id"]
    destination(console, which, "slow")
    gate.hold()
    console.call("POST", f"/storage-accounts/{which}/measure")
    assert gate.waiting.wait(20)
    server.stop()


@pytest.mark.both
def test_two_measure_at_once(console: TestConsole, gate: Gate) -> None:
    both = [account(console, gate.endpoint, name)["id"] for name in ("One", "Two")]
    destination(console, both[0], "customers")
    destination(console, both[1], "slow")
    paths = [f"/storage-accounts/{which}/measure" for which in both * 2]
    begun = together([partial(console.raw, "POST", path) for path in paths])
    assert {each.status_code for each in begun} == {202}
    wait_for(lambda: all(shown(console, which)["measuring"] is None for which in both), 30)
    for which, size in zip(both, (1530, 7), strict=True):
        assert shown(console, which)["bytes"] == size
        assert len(console.call("GET", f"/storage-accounts/{which}/usage")["items"]) in (1, 2)


def test_companies_see_their_own_destinations_alone(console: TestConsole, gate: Gate) -> None:
    phone = console.protect()
    mine, other = sub_of(console, phone, "contoso"), sub_of(console, phone, "litware")
    which = account(console, gate.endpoint)["id"]
    unseen = account(console, gate.endpoint, "Of nobody")["id"]
    destination(console, which, "customers/mia", [mine.company, other.company])
    destination(console, which, "customers/jonas", [other.company])
    measured(console, which)
    [found] = mine.console.call("GET", "/storage-accounts")["items"]
    assert [(each["place"], each["companies"]) for each in found["destinations"]] == [("customers/mia", [mine.company])]
    assert (found["id"], found["bytes"], found["objects"]) == (which, None, None)  # it is not theirs alone
    assert shown(mine.console, which) == found
    [theirs] = other.console.call("GET", "/storage-accounts")["items"]
    assert [each["objects"] for each in theirs["destinations"]] == [None, 1]
    assert mine.console.call("GET", f"/storage-accounts/{which}/usage")["items"] == []
    refused(404, lambda: shown(mine.console, unseen))
    held = [
        ("POST", f"/{which}/test", None),
        ("GET", f"/{which}/browse", None),
        ("POST", f"/{which}/measure", None),
        ("DELETE", f"/{which}/measure", None),
        ("PATCH", f"/{which}", {"name": "Mine"}),
        ("POST", f"/{which}/places", {"name": "x"}),
        ("POST", f"/{which}/destinations", {"name": "x", "place": "x", "companies": [mine.company]}),
        ("POST", "/test", {"kind": "s3_compatible", "settings": settings(gate.endpoint)}),
    ]
    for method, path, body in held:
        call = (method, f"/storage-accounts{path}", body)
        assert refused(403, lambda: mine.console.call(*call)).code == "forbidden", path  # noqa: B023


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


def test_deleting_waits_for_the_phone_and_tells_what_stays(
    console: TestConsole, phone: SoftwarePhone, gate: Gate, service: Service
) -> None:
    which = account(console, gate.endpoint)["id"]
    destination(console, which, "customers")
    measured(console, which)
    request = console.ask("storage_account.delete", storage_account=which)
    told = request["consequence"]
    for part in ("stays at the service", "3 objects", "1.5 kB", "1 destination", gate.endpoint):
        assert part in told, told
    measured(console, which)  # new numbers are no other target
    assert phone.approve(request["id"], request["code"]) == "executed"
    refused(404, lambda: shown(console, which))
    assert console.call("GET", "/storage-accounts")["items"] == []
    assert (service.folder / "customers" / "mia" / "one").exists()
    late = account(console, gate.endpoint)["id"]
    request = console.ask("storage_account.delete", storage_account=late)
    destination(console, late, "customers")
    assert phone.approve(request["id"], request["code"]) == "void"


def test_new_credentials_wait_for_the_phone_and_are_never_told(
    console: TestConsole, phone: SoftwarePhone, gate: Gate, server: LivingServer
) -> None:
    which = account(console, "https://old.example.com", secret="canary-Old-secret-77")["id"]
    destination(console, which, "customers")
    asked = {"storage_account": which, "settings": settings(gate.endpoint)}
    preview = console.call("POST", "/actions/storage_account.change_credentials/preview", {"parameters": asked})
    request = console.ask("storage_account.change_credentials", **asked)
    for details in (preview["details"], request):
        parameters = details["parameters"]
        assert parameters["settings"] == {n: t for n, t in asked["settings"].items() if n != "secret_key"}
        assert (parameters["secrets"], len(parameters["secrets_digest"])) == ("set", 43)
        assert f"from “https://old.example.com” to “{gate.endpoint}”" in details["consequence"]
        assert "Its 1 destination leads to the new place, and what lies" in details["consequence"]
        assert SECRET_KEY not in json.dumps(details)
    assert shown(console, which)["settings"]["endpoint"] == "https://old.example.com"
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert shown(console, which)["settings"]["endpoint"] == gate.endpoint
    assert console.call("POST", f"/storage-accounts/{which}/test")["result"] == "ok"
    one, two = (console.ask("storage_account.change_credentials", **asked) for _ in range(2))
    assert one["parameters"]["secrets_digest"] != two["parameters"]["secrets_digest"], "it says nothing of the secret"
    assert phone.approve(one["id"], one["code"]) == "executed"
    assert phone.approve(two["id"], two["code"]) == "void"
    missing = {"storage_account": which, "settings": {"preset": "other", "endpoint": gate.endpoint}}
    problem = refused(422, lambda: console.ask("storage_account.change_credentials", **missing))
    assert "parameters.settings.secret_key" in problem.members["fields"]
    raw = {**asked, "secrets": "set", "secrets_digest": "A" * 43}
    refused(422, lambda: console.ask("storage_account.change_credentials", **raw))
    told = json.dumps([console.audit(), console.call("GET", "/requests"), console.call("GET", "/storage-accounts")])
    for canary in (SECRET_KEY, "canary-Old-secret-77"):
        assert canary not in told
        assert canary not in server.log()


def test_a_key_asks_for_new_credentials_too(console: TestConsole, phone: SoftwarePhone, gate: Gate) -> None:
    which = account(console, "https://old.example.com")["id"]
    made = console.ask("api_key.create", name="nightly", permissions=["storage.edit"])
    phone.approve(made["id"], made["code"])
    script = TestConsole(console.url)
    script.token = console.request(made["id"])["result"]["token"]
    asked = {"storage_account": which, "settings": settings(gate.endpoint)}
    request = script.ask("storage_account.change_credentials", **asked)
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert shown(console, which)["settings"]["endpoint"] == gate.endpoint


@pytest.mark.row("CR-1")
@on_sqlite
def test_a_row_that_leads_elsewhere_gets_no_secrets(clocked: ControlledServer, gate: Gate) -> None:
    console = clocked.set_up()
    one, two = (account(console, "https://old.example.com", name)["id"] for name in ("One", "Two"))
    path = f"/storage-accounts/{one}/test"
    led = "UPDATE storage_accounts SET settings = json_set(settings, '$.endpoint', ?) WHERE id = ?"
    taken = "UPDATE storage_accounts SET credentials = (SELECT credentials FROM storage_accounts WHERE id = ?)"
    clocked.sql(led, gate.endpoint, one)
    assert refused(409, lambda: console.call("POST", path)).code == "credentials_do_not_open"
    clocked.sql(led, "https://old.example.com", one)
    clocked.sql(taken, two)
    assert refused(409, lambda: console.call("POST", path)).code == "credentials_do_not_open"


def test_a_backup_brings_accounts_back_with_their_secrets(
    console: TestConsole, server: LivingServer, gate: Gate, tmp_path: Path
) -> None:
    which = account(console, gate.endpoint)["id"]
    company = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    destination(console, which, "customers", [company])
    before = measured(console, which)
    usage = console.call("GET", f"/storage-accounts/{which}/usage")
    assert server.run("backup", str(tmp_path / "copy.db")).returncode == 0
    console.call("POST", "/actions/storage_account.delete", {"parameters": {"storage_account": which}})
    refused(404, lambda: shown(console, which))
    server.stop()
    assert server.run("restore", str(tmp_path / "copy.db")).returncode == 0
    server.start()
    back = TestConsole(server.url)
    back.sign_in()
    assert shown(back, which) == before
    assert back.call("GET", f"/storage-accounts/{which}/usage") == usage
    assert back.call("POST", f"/storage-accounts/{which}/test")["result"] == "ok"
    moved = {"storage_account": which, "settings": settings("https://elsewhere.example.com")}
    back.call("POST", "/actions/storage_account.change_credentials", {"parameters": moved})
    [place] = shown(back, which)["destinations"]
    assert (place["bytes"], place["measured_at"]) == (None, None), "the numbers are those of another place"


def test_it_is_measured_again_and_again(start_server: Start, gate: Gate) -> None:
    server = start_server(**LOOPBACK, storage_refresh=1)
    console = server.set_up()
    which = account(console, gate.endpoint)["id"]
    destination(console, which, "customers")
    wait_for(lambda: len(console.call("GET", f"/storage-accounts/{which}/usage")["items"]) >= 3, 30)
    moments = [each["at"] for each in console.call("GET", f"/storage-accounts/{which}/usage")["items"]]
    assert moments == sorted(moments)


def test_what_changes_while_it_is_measured_is_measured_anew(console: TestConsole, gate: Gate) -> None:
    which = account(console, gate.endpoint)["id"]
    destination(console, which, "slow")
    gate.hold()
    console.call("POST", f"/storage-accounts/{which}/measure")
    assert gate.waiting.wait(20)
    changed = {"storage_account": which, "settings": settings(gate.endpoint, "another")}
    console.call("POST", "/actions/storage_account.change_credentials", {"parameters": changed})
    wait_for(lambda: shown(console, which)["measuring"] is None)
    gate.release()
    assert shown(console, which)["bytes"] is None
    console.call("POST", f"/storage-accounts/{which}/measure")
    console.call("POST", "/actions/storage_account.delete", {"parameters": {"storage_account": which}})
    refused(404, lambda: console.call("GET", f"/storage-accounts/{which}"))


def test_an_sftp_server_shows_its_key_before_it_is_trusted(
    console: TestConsole, tmp_path: Path, server: LivingServer
) -> None:
    folder, home = tmp_path / "sftp", tmp_path / "home"
    home.mkdir()
    (folder / "backups" / "mia").mkdir(parents=True)
    (folder / "backups" / "mia" / "one").write_bytes(b"x" * 42)
    served = serve_sftp(folder, home)
    try:
        given = {"host": "127.0.0.1", "port": str(served.port), "username": USERNAME, "password": PASSWORD}
        first = console.call("POST", "/storage-accounts/test", {"kind": "sftp", "settings": given})
        assert (first["result"], first["places"]) == ("host_key", [])
        trusted = {**given, "host_key": first["host_key"]}
        second = console.call("POST", "/storage-accounts/test", {"kind": "sftp", "settings": trusted})
        assert (second["result"], second["places"]) == ("ok", ["backups"])
        body = {"name": "Old server", "kind": "sftp"}
        missing = refused(422, lambda: console.call("POST", "/storage-accounts", {**body, "settings": given}))
        assert list(missing.members["fields"]) == ["settings.host_key"]
        which = console.call("POST", "/storage-accounts", {**body, "settings": trusted})["id"]
        destination(console, which, "backups")
        assert measured(console, which)["bytes"] == 42
        another = {**trusted, "host_key": f"ssh-ed25519 {base64.b64encode(b'another').decode()}"}
        asked = {"parameters": {"storage_account": which, "settings": another}}
        details = console.call("POST", "/actions/storage_account.change_credentials/preview", asked)["details"]
        assert re.search(
            "The host key changes from “(rsa|ecdsa|ed25519|nistp256) SHA256:[A-Za-z0-9+/]{43}” to “ed25519 "
            "SHA256:rkSKyGxOjk3sZFcpcI70GHOuecbf[+]E7/czYJiUh/COU”",
            details["consequence"],
        )
        assert details["parameters"]["settings"]["host_key"] == another["host_key"], "all of it is signed"
        assert PASSWORD not in server.log()
    finally:
        served.stop()


def test_one_sftp_login_with_a_path_and_without_is_one_service(console: TestConsole, tmp_path: Path) -> None:
    folder, home = tmp_path / "served", tmp_path / "home"
    home.mkdir()
    (folder / "customers" / "mia").mkdir(parents=True)
    served = serve_sftp(folder, home)
    try:
        given = {"host": "127.0.0.1", "port": str(served.port), "username": USERNAME, "password": PASSWORD}
        tried = console.call("POST", "/storage-accounts/test", {"kind": "sftp", "settings": given})
        given["host_key"] = tried["host_key"]
        which = dict[str, str]()
        for path in ("", "/", "customers"):
            body = {"name": f"At “{path}”", "kind": "sftp", "settings": {**given, "path": path}}
            which[path] = console.call("POST", "/storage-accounts", body)["id"]
            found = console.call("GET", f"/storage-accounts/{which[path]}/browse")["items"]
            assert [each["name"] for each in found] == ["mia" if path == "customers" else "customers"]
        destination(console, which[""], "customers")
        for path, place in (("/", "customers/mia"), ("/", "elsewhere"), ("customers", "mia")):
            problem = refused(409, lambda: destination(console, which[path], place))  # noqa: B023 - called at once
            assert problem.code == "place_taken"
    finally:
        served.stop()


def test_a_local_folder_lies_under_one_that_is_allowed(start_server: Start, tmp_path: Path) -> None:
    folder, outside = tmp_path / "allowed", tmp_path / "outside"
    for each in (folder / "vault" / "mia", outside):
        each.mkdir(parents=True)
    (folder / "vault" / "mia" / "one").write_bytes(b"x" * 9)
    server = start_server(storage_folders=folder, storage_refresh=0)
    console = server.set_up()
    for path in (outside, f"{folder}/../outside", tmp_path, server.data, "allowed"):
        body = {"name": "Disk", "kind": "local", "settings": {"path": str(path)}}
        problem = refused(422, lambda: console.call("POST", "/storage-accounts", body))  # noqa: B023 - called at once
        assert list(problem.members["fields"]) == ["settings.path"], path
    body = {"name": "Disk", "kind": "local", "settings": {"path": str(folder)}}
    which = console.call("POST", "/storage-accounts", body)["id"]
    assert console.call("POST", f"/storage-accounts/{which}/test")["places"] == ["vault"]
    destination(console, which, "vault")
    assert measured(console, which)["bytes"] == 9
    moved = {"storage_account": which, "settings": {"path": str(folder / "vault")}}
    shown_first = console.call("POST", "/actions/storage_account.change_credentials/preview", {"parameters": moved})
    assert shown_first["details"]["parameters"]["secrets"] == "none"
    console.call("POST", "/actions/storage_account.change_credentials", {"parameters": moved})
    assert measured(console, which)["destinations"][0]["failure"] == "no_such_place"
