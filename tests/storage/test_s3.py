"""S3: what is found, made, measured and emptied at a server that checks signatures, and what its refusals mean."""

import asyncio
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

from server.contract.storage import Entry, TestResult
from server.storage.counting import Size
from server.storage.emptying import Emptied, Emptying
from tests.server.reaching import free_port
from tests.storage.flat_s3 import FlatS3, error
from tests.storage.openssh import OpenSsh, openssh
from tests.storage.services import Service, World, certificate_of_nobody, files, fill, s3, serve_s3

__all__ = ["openssh"]  # a fixture


@pytest.fixture
def endpoint(s3_service: Service) -> str:
    return f"http://127.0.0.1:{s3_service.port}"


def ignore(*_: object) -> None:
    """Be told, and do nothing."""


def test_a_new_bucket_is_among_the_places(world: World, endpoint: str) -> None:
    world.run(world.storage.make_place(s3(endpoint), "fresh"))
    tried = world.run(world.storage.test(s3(endpoint)))
    assert tried.result is TestResult.OK
    assert "fresh" in tried.places
    assert tried.places == world.run(world.storage.places(s3(endpoint)))


def test_browsing_shows_one_level_folders_first(world: World, endpoint: str) -> None:
    fill(world.folder / "browsed", "z/deep/1", "a.txt", "ä b/2")
    found = world.run(world.storage.browse(s3(endpoint), "browsed"))
    assert found == [
        Entry(name="z", folder=True, size=None),
        Entry(name="ä b", folder=True, size=None),
        Entry(name="a.txt", folder=False, size=100),
    ]
    assert [each.name for each in world.run(world.storage.browse(s3(endpoint), "browsed/ä b"))] == ["2"]


def test_at_most_a_thousand_are_listed_and_all_are_measured(world: World, endpoint: str) -> None:
    fill(world.folder / "many", *(f"{number:04}" for number in range(1100)), "last/1")
    found = world.run(world.storage.browse(s3(endpoint), "many"))
    assert (len(found), found[0].name, found[1].name) == (1000, "last", "0000")
    told = list[tuple[int, int]]()
    size = world.run(world.storage.measure(s3(endpoint), "many", lambda *seen: told.append(seen)))
    assert size == Size(110_100, 1101)
    assert told[-1] == (110_100, 1101)


def test_emptying_touches_nothing_beside(world: World, endpoint: str) -> None:
    beside = {"alice2/1", "alice.txt", "alic/1", "ALICE/1", "bob/alice/1"}
    fill(world.folder / "emptied", "alice/1", "alice/deep/2", "alice/deep/er/3", *beside)
    told = list[Emptying]()
    done = world.run(world.storage.empty(s3(endpoint), "emptied/alice", told.append))
    assert done == Emptied(0, None)
    assert told[-1] == Emptying(3, 0)
    assert files(world.folder / "emptied") == beside
    assert world.run(world.storage.empty(s3(endpoint), "emptied/alice", ignore)) == Emptied(0, None)


@pytest.mark.parametrize("path", ["", "emptied", "/", "emptied/", "emptied/..", "/emptied/alice", "a//b", "a/./b"])
def test_no_whole_place_is_emptied(world: World, endpoint: str, path: str) -> None:
    fill(world.folder / "emptied", "kept")
    assert world.failure(world.storage.empty(s3(endpoint), path, ignore)) is TestResult.INVALID
    assert "kept" in files(world.folder / "emptied")


def test_each_refusal_is_told_apart(world: World, endpoint: str) -> None:
    refusals = {
        TestResult.WRONG_KEY: s3(endpoint, secret_key="canary-another-one"),
        TestResult.REFUSED: s3(f"http://127.0.0.1:{free_port()}"),
        TestResult.UNKNOWN_HOST: s3("https://nowhere.invalid"),
        TestResult.NOT_ALLOWED: s3("http://169.254.169.254"),
        TestResult.INVALID: s3("ftp://127.0.0.1"),
    }
    for result, remote in refusals.items():
        began = time.monotonic()
        assert world.run(world.storage.test(remote)).result is result
        assert time.monotonic() - began < 5
    assert world.run(world.storage.test(s3(endpoint, access_key="ANOTHERKEY"))).result is TestResult.WRONG_KEY


def test_a_missing_bucket_is_no_such_place(world: World, endpoint: str) -> None:
    assert world.failure(world.storage.browse(s3(endpoint), "nowhere")) is TestResult.NO_SUCH_PLACE
    assert world.failure(world.storage.measure(s3(endpoint), "nowhere", ignore)) is TestResult.NO_SUCH_PLACE
    assert world.failure(world.storage.empty(s3(endpoint), "nowhere/alice", ignore)) is TestResult.NO_SUCH_PLACE


def test_a_certificate_of_nobody_is_refused(world: World, home: Path, tmp_path: Path) -> None:
    certificate, key = certificate_of_nobody(tmp_path)
    service = serve_s3(world.folder, home, "--cert", str(certificate), "--key", str(key))
    try:
        tried = world.run(world.storage.test(s3(f"https://127.0.0.1:{service.port}")))
        plain = world.run(world.storage.test(s3(f"http://127.0.0.1:{service.port}")))
    finally:
        service.stop()
    assert tried.result is TestResult.CERTIFICATE
    assert plain.result is TestResult.WRONG_SCHEME


def test_https_to_a_service_that_speaks_http_says_so(world: World, endpoint: str) -> None:
    tried = world.run(world.storage.test(s3(endpoint.replace("http:", "https:"))))
    assert tried.result is TestResult.WRONG_SCHEME


@pytest.mark.parametrize(
    ("status", "code", "result"),
    [
        (403, "RequestTimeTooSkewed", TestResult.CLOCK_SKEW),
        (403, "AccessDenied", TestResult.NO_LIST_PERMISSION),
        (403, "SignatureDoesNotMatch", TestResult.WRONG_KEY),
        (400, "AuthorizationHeaderMalformed", TestResult.INVALID),
        (409, "BlobImmutableDueToPolicy", TestResult.NO_LIST_PERMISSION),
        (400, "OutOfRangeInput", TestResult.INVALID),
        (400, "NobodyKnows", TestResult.FAILED),
    ],
)
def test_codes_of_a_service_have_a_meaning(
    world: World, flat_s3: FlatS3, status: int, code: str, result: TestResult
) -> None:
    flat_s3.failure = status, code
    assert world.run(world.storage.test(s3(flat_s3.endpoint))).result is result


def test_a_service_that_never_answers_is_unreachable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr("server.storage.calls.PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        remote = s3(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert world.run(world.storage.test(remote)).result is TestResult.UNREACHABLE


def test_flat_keys_are_emptied_to_the_letter(world: World, flat_s3: FlatS3) -> None:
    inside = ["alice/", "alice/a", "alice/b/", "alice/b/c", "alice//x", "alice///y", "alice/b//", "alice/d/ "]
    inside += ["alice/‛", "alice/d‛/x", "alice/‛／", "alice/a／b", "alice/．", "alice/␊", "alice/‛␊", "alice/a\nb"]
    inside += [
        "alice/.",
        "alice/..",
        "alice/./x",
        "alice/../up",
        "alice/b/../../up",
        "alice/．．/x",
        "alice/...",
        "alice/‛．．",
    ]
    inside += ["alice/é", "alice/a\\b", "alice/100%", "alice/[x]", "alice/{y}", "alice/+ +", "alice/a&b<c>"]
    beside = {
        "up",
        "alice",
        "alice2",
        "alice2/a",
        "alice.txt",
        "ALICE/a",
        "bob/alice/a",
        "/alice/x",
        "alic",
        "alice\u00a0/a",
    }
    for size in (0, 1):
        flat_s3.keys = dict.fromkeys([*inside, *beside], size)
        done = world.run(world.storage.empty(s3(flat_s3.endpoint), "backup/alice", ignore))
        assert set(flat_s3.keys) == beside
        assert done == Emptied(0, None)


def test_what_cannot_be_deleted_is_told(world: World, flat_s3: FlatS3) -> None:
    kept = ["alice/b", "alice/../up", "alice/./‛", "alice/d‛/a／b", "alice/‛␊", "alice/．", "alice/two\nlines"]
    flat_s3.keys = dict.fromkeys(["alice/a", *kept, "up"], 1)
    flat_s3.kept = set(kept)
    done = world.run(world.storage.empty(s3(flat_s3.endpoint), "backup/alice", ignore))
    assert set(flat_s3.keys) == {*kept, "up"}
    assert done.left == len(kept)
    assert done.failure is not None
    named = world.run(world.storage.remains(s3(flat_s3.endpoint), "backup/alice", 20))
    assert {f"alice/{each}" for each in named} == set(kept)


def test_measuring_tells_of_its_progress_and_stops_at_the_service(world: World, flat_s3: FlatS3) -> None:
    flat_s3.endless = True
    told = list[tuple[int, int]]()

    async def measure_and_stop() -> None:
        enough = asyncio.Event()

        def telling(*seen: int) -> None:
            told.append((seen[0], seen[1]))
            if len(told) == 2:
                enough.set()

        measuring = asyncio.create_task(world.storage.measure(s3(flat_s3.endpoint), "backup", telling))
        await enough.wait()
        measuring.cancel()
        with pytest.raises(asyncio.CancelledError):
            await measuring

    world.run(measure_and_stop())
    assert 0 < told[0][1] < told[1][1]
    seen = len(flat_s3.calls)
    assert world.run(world.storage.test(s3(flat_s3.endpoint))).result is TestResult.OK
    assert len(flat_s3.calls) == seen + 1, "it went on listing"


def test_the_service_going_away_in_the_middle_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.storage.calls.TRIES", 1)
    service = FlatS3()
    service.endless = True

    async def measure() -> None:
        def telling(*_: int) -> None:
            service.close()

        await world.storage.measure(s3(service.endpoint), "backup", telling)

    assert world.failure(measure()) is TestResult.REFUSED


@pytest.mark.parametrize("page", [(200, "<html>down for maintenance</html>"), (200, "{}"), (200, ""), (204, "")])
def test_what_says_yes_to_everything_is_no_storage_service(world: World, page: tuple[int, str]) -> None:
    service = FlatS3()
    assert world.run(world.storage.test(s3(service.endpoint))).result is TestResult.OK
    service.page = page
    assert world.run(world.storage.test(s3(service.endpoint))).result is TestResult.NO_SERVICE
    assert world.run(world.storage.out_of_reach(s3(service.endpoint))) is TestResult.NO_SERVICE
    service.close()


def test_an_ssh_server_is_no_s3(world: World, sftp_service: Service, openssh: OpenSsh, tmp_path: Path) -> None:
    for port in (sftp_service.port, openssh.settings(tmp_path)["port"]):
        assert world.run(world.storage.test(s3(f"http://127.0.0.1:{port}"))).result is TestResult.NO_SERVICE


def test_what_knows_nothing_at_all_is_no_storage_service(world: World, flat_s3: FlatS3) -> None:
    flat_s3.page = (404, "<html>not found</html>")
    assert world.run(world.storage.test(s3(flat_s3.endpoint))).result is TestResult.NO_SERVICE
    reach = partial(world.storage.out_of_reach, s3(flat_s3.endpoint))
    assert world.run(reach()) is None  # perhaps it serves buckets alone
    assert world.run(reach(surely=True)) is None


@pytest.mark.parametrize("root", [403, 404])
def test_a_page_below_a_root_that_tells_nothing_is_no_storage_service(
    world: World, flat_s3: FlatS3, root: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(_: str, target: str) -> tuple[int, str, dict[str, str]]:
        return (200 if urlsplit(target).path.strip("/") else root), "<html>down for maintenance</html>", {}

    monkeypatch.setattr(flat_s3, "answer", answer)
    reach = world.storage.out_of_reach(s3(flat_s3.endpoint), surely=True)
    assert world.run(reach) is TestResult.NO_SERVICE


@pytest.mark.parametrize(
    ("nowhere", "found"), [((200, "<html>down</html>"), TestResult.NO_SERVICE), ((400, error("Strange")), None)]
)
def test_a_service_that_lists_its_buckets_may_say_anything_but_yes_to_others(
    world: World, flat_s3: FlatS3, nowhere: tuple[int, str], found: TestResult | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = flat_s3.answer

    def answered(method: str, target: str) -> tuple[int, str, dict[str, str]]:
        return (*nowhere, {}) if "/countersign-" in target else answer(method, target)

    monkeypatch.setattr(flat_s3, "answer", answered)
    assert world.run(world.storage.out_of_reach(s3(flat_s3.endpoint), surely=True)) is found


def test_of_many_places_few_are_listed_at_once(world: World) -> None:
    listed, most = set[str](), 0

    class Busy(FlatS3):
        @override
        def answer(self, method: str, target: str) -> tuple[int, str, dict[str, str]]:
            nonlocal most
            listed.add(target)
            most = max(most, len(listed))
            time.sleep(0.02)
            listed.discard(target)
            return super().answer(method, target)

    service = Busy()
    service.keys = {f"place{each}/1": 1 for each in range(20)}
    places = [f"backup/place{each}" for each in range(20)]
    assert world.run(world.storage.test(s3(service.endpoint), places)).result is TestResult.OK
    assert most <= 4
    service.close()


def test_places_are_tested_with_their_account(world: World, flat_s3: FlatS3) -> None:
    flat_s3.keys = {"customers/mia/1": 1}
    remote = s3(flat_s3.endpoint)
    for place, result in {
        "backup/customers": TestResult.OK,
        "backup/later": TestResult.OK,
        "bakcup/x": TestResult.NO_SUCH_PLACE,
    }.items():
        tried = world.run(world.storage.test(remote, ["backup", place]))
        assert (tried.result, tried.place) == (result, None if result is TestResult.OK else place)


def test_a_service_without_a_bucket_is_one(tmp_path: Path, world: World) -> None:
    (tmp_path / "home").mkdir()
    empty = serve_s3(world.folder, tmp_path / "home")
    assert world.run(world.storage.test(s3(f"http://127.0.0.1:{empty.port}"))).result is TestResult.OK
    empty.stop()
