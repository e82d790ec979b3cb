"""S3 buckets that keep versions: an emptied folder holds none, or it is said that some stay."""

from collections.abc import Iterator

import pytest

from server.contract.storage import TestResult
from server.storage.emptying import Emptied
from tests.storage.services import World, s3
from tests.storage.versioned_s3 import VersionedS3

DENIED, STRANGE = (403, "AccessDenied"), (400, "InvalidRequest")
NOT_OFFERED, NOT_THERE = (501, "NotImplemented"), (404, "NoSuchKey")
BESIDE = {"alice", "alice2/a", "bob/alice/a", "up"}


@pytest.fixture
def service() -> Iterator[VersionedS3]:
    """Serve a bucket in which each object has an old version, one lies under a marker, and some lie beside."""
    found = VersionedS3()
    for key in ("alice/a", "alice/b/c", "alice//x", "alice/../up", "alice/gone", *BESIDE):
        for size in (1000, 2000):
            found.put(key, size)
    found.put("alice/gone", None)
    yield found
    found.close()


def emptied(world: World, service: VersionedS3) -> Emptied:
    """Empty the folder of Alice; nothing beside it is touched."""
    beside = {key: list(versions) for key, versions in service.versions.items() if key in BESIDE}
    done = world.run(world.storage.empty(s3(service.endpoint), "backup/alice", lambda _: None))
    assert {key: versions for key, versions in service.versions.items() if key in BESIDE} == beside
    return done


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
@pytest.mark.parametrize("refusal", [None, DENIED, NOT_OFFERED])
def test_old_versions_go_too_though_nobody_says_that_the_bucket_keeps_some(
    world: World, service: VersionedS3, status: str, refusal: tuple[int, str] | None
) -> None:
    service.status = status
    service.put("alice/a", 3000)
    if refusal:
        service.refusals["versioning"] = refusal
    assert emptied(world, service) == Emptied(0, None)
    assert set(service.versions) == BESIDE


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        *((DENIED, DENIED), (STRANGE, STRANGE), (DENIED, NOT_OFFERED), (DENIED, NOT_THERE), (STRANGE, NOT_OFFERED)),
        *((NOT_THERE, DENIED), (STRANGE, NOT_THERE)),
    ],
)
def test_where_old_versions_may_be_neither_asked_for_nor_seen_it_is_not_done(
    world: World, service: VersionedS3, asked: tuple[int, str], seen: tuple[int, str]
) -> None:
    service.refusals = {"versioning": asked, "versions": seen}
    assert emptied(world, service) == Emptied(1, TestResult.OLD_VERSIONS)


def test_a_test_names_the_place_that_could_not_be_emptied(world: World, service: VersionedS3) -> None:
    account = s3(service.endpoint)

    def tested() -> tuple[TestResult, str | None]:
        found = world.run(world.storage.test(account, ["backup"]))
        return found.result, found.place

    assert tested() == (TestResult.OK, None)
    service.refusals = {"versioning": DENIED}
    assert tested() == (TestResult.OK, None), "old versions are seen, and could be deleted"
    service.refusals["versions"] = DENIED
    assert tested() == (TestResult.OLD_VERSIONS, "backup")
    service.refusals, service.status = {"versions": DENIED}, ""
    assert tested() == (TestResult.OK, None), "it keeps none"


def test_old_versions_that_may_not_be_deleted_are_told(world: World, service: VersionedS3) -> None:
    service.refusals = {"versioning": DENIED, "versionId": DENIED}
    done = emptied(world, service)
    assert done == Emptied(sum(len(each) for key, each in service.versions.items() if key not in BESIDE), done.failure)
    assert done.failure is TestResult.OLD_VERSIONS


def test_an_old_version_under_a_lock_that_is_current_again_is_told_as_one(world: World, service: VersionedS3) -> None:
    service.locked = {service.versions["alice/a"][1][0]}
    assert emptied(world, service) == Emptied(1, TestResult.OLD_VERSIONS)
    assert service.keys["alice/a"] == 1000


def test_what_is_named_as_the_engine_names_old_versions_goes_too(world: World, service: VersionedS3) -> None:
    service.put("alice/x-v2024-01-01-000000-000.txt")
    assert emptied(world, service) == Emptied(0, None)
    assert set(service.versions) == BESIDE


@pytest.mark.parametrize("refusal", [DENIED, (503, "SlowDown")])
def test_where_nothing_may_be_deleted_that_is_no_matter_of_old_versions(
    world: World, service: VersionedS3, refusal: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.storage.calls.TRIES", 1)
    service.versions = {key: each for key, each in service.versions.items() if key in {"alice/a", *BESIDE}}
    service.keys = {key: size for key, size in service.keys.items() if key in service.versions}
    service.refusals = {"versionId": refusal, "DELETE": refusal}
    done = emptied(world, service)
    assert (done.left, done.failure in {TestResult.NO_DELETE_PERMISSION, TestResult.FAILED}) == (1, True)


def test_whether_old_versions_stay_is_asked_again_where_the_service_cannot_say(
    world: World, service: VersionedS3
) -> None:
    service.refusals = {"versioning": (403, "SignatureDoesNotMatch"), "versions": DENIED}
    asked = world.storage.empty(s3(service.endpoint), "backup/alice", lambda _: None)
    assert world.failure(asked) is TestResult.WRONG_KEY


@pytest.mark.parametrize("refusal", [NOT_THERE, NOT_OFFERED])
def test_a_bucket_that_says_that_it_keeps_versions_is_believed(
    world: World, service: VersionedS3, refusal: tuple[int, str]
) -> None:
    service.refusals = {"versions": refusal, "versionId": refusal}
    assert emptied(world, service).failure is TestResult.OLD_VERSIONS


@pytest.mark.parametrize("refusal", [DENIED, NOT_OFFERED, NOT_THERE])
def test_a_bucket_that_never_kept_versions_is_emptied_though_they_cannot_be_listed(
    world: World, service: VersionedS3, refusal: tuple[int, str]
) -> None:
    service.status, service.refusals = "", {"versions": refusal}
    if refusal is not DENIED:
        service.refusals["versioning"] = refusal
    for key in list(service.versions):
        service.versions[key] = [("null", 1)]
        service.keys[key] = 1
    assert emptied(world, service) == Emptied(0, None)
    assert set(service.keys) == BESIDE


def test_old_versions_cost_one_more_listing(world: World, service: VersionedS3) -> None:
    service.status = ""
    for key in list(service.versions):
        service.versions[key] = [("null", 1)]
        service.keys[key] = 1
    emptied(world, service)
    assert len([each for each in service.calls if "versions" in each]) == 1
