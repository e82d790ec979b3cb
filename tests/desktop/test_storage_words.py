"""Storage in words and pictures: sizes, advice for every result, fingerprints, sums over time, the chart's top."""

from datetime import UTC, datetime, timedelta

import pytest

from desktop.core.problems import shown
from desktop.core.sizes import size, used
from desktop.core.storage import (
    SETTINGS,
    Service,
    advice_for,
    fault_of,
    is_private_key,
    kind_of,
    locked,
    place_of,
    problem_of,
    service_name,
    service_of,
)
from desktop.core.stored import summed
from desktop.widgets import usage_chart
from desktop.widgets.usage_chart import round_top, summary_of
from server.contract.problem import Problem
from server.contract.storage import StorageKind, TestResult, Usage, fingerprint
from server.domain.storage import checked
from tests.desktop.answers_of_storage import HOST_KEY, account

DAY = datetime(2026, 11, 3, 12, tzinfo=UTC)
OPEN_KEY = """-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
-----END OPENSSH PRIVATE KEY-----
"""
LOCKED_KEY = """-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDaLQ==
-----END OPENSSH PRIVATE KEY-----
"""


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1_234, "1.2 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (1_234_567_890_123, "1.2 TB"),
        (812 * 10**9, "812 GB"),
        (999_999_999_999_999, "1 PB"),
        (5 * 10**21, "5,000 EB"),
    ],
)
def test_sizes_are_told_as_services_bill_them(count: int, words: str) -> None:
    assert size(count) == words


def test_space_is_told_with_its_objects() -> None:
    assert used(1_200_000_000, 48_120) == "1.2 GB · 48,120 objects"
    assert used(0, 0) == "0 bytes · 0 objects"
    assert used(None, None) == ""


@pytest.mark.parametrize("result", TestResult)
@pytest.mark.parametrize("kind", StorageKind)
def test_every_result_has_a_word_and_an_advice_of_its_own(result: TestResult, kind: StorageKind) -> None:
    assert not problem_of(result).startswith("console.")
    advice = advice_for(result, kind)
    assert not advice.startswith("console.")
    assert advice.endswith(".")
    others = {advice_for(other, kind) for other in TestResult if other is not result}
    assert advice not in others


@pytest.mark.parametrize("service", Service)
def test_every_service_is_named_and_knows_what_it_needs(service: Service) -> None:
    assert not service_name(service).startswith("console.")
    assert SETTINGS[service]
    kind = kind_of(service)
    assert (kind is StorageKind.S3_COMPATIBLE) == (service.value not in set(StorageKind))


def test_an_account_tells_which_service_it_is_at() -> None:
    assert service_of(account(1, "A", "wasabi")) is Service.WASABI
    assert service_of(account(1, "A", "sftp")) is Service.SFTP
    unknown = account(1, "A", "wasabi", settings={"preset": "of_a_later_server"})
    assert service_of(unknown) is Service.OTHER


def test_a_mistake_is_at_the_first_field_that_holds_something() -> None:
    assert place_of(TestResult.WRONG_KEY, {"access_key": "AK", "secret_key": "s"}) == "secret_key"
    assert place_of(TestResult.UNKNOWN_HOST, {"region": "eu", "access_key": "AK"}) == "region"
    assert place_of(TestResult.UNKNOWN_HOST, {"account": "northwind", "key": "c2VjcmV0", "endpoint": ""}) == "account"
    assert place_of(TestResult.NOT_ALLOWED, {"path": "/srv"}) == "path"
    assert place_of(TestResult.CLOCK_SKEW, {"endpoint": "https://rgw.example"}) == ""


BREAKS = "line\nbreak, ü"


@pytest.mark.parametrize("kind", StorageKind)
def test_what_the_server_refuses_is_said_in_a_sentence_that_tells_what_to_do(kind: StorageKind) -> None:
    service = next(each for each in Service if kind_of(each) is kind)
    names = [each.name for each in SETTINGS[service] if each.name != "port"]  # that one is never sent malformed
    with pytest.raises(Problem) as refused:
        checked(kind, {name: ".." if name == "path" else BREAKS for name in names})
    fields = {key.removeprefix("settings."): words for key, words in shown(refused.value).fields.items()}
    assert fields.keys() >= set(names)
    for name in names:
        assert fields[name][:1].islower(), "else there is nothing to put right"
        told = fault_of(name, kind, fields[name])
        assert told[:1].isupper(), told
        assert told.endswith("."), told
        assert ". " in told, told


def test_a_folder_that_may_not_be_used_is_told_as_a_test_tells_it() -> None:
    words = "lies under none of the folders that this server’s configuration allows (storage_folders)"
    told = fault_of("path", StorageKind.LOCAL, words)
    assert told == advice_for(TestResult.NOT_ALLOWED, StorageKind.LOCAL)


def test_a_fingerprint_is_the_one_that_ssh_keygen_tells() -> None:
    assert fingerprint(HOST_KEY) == "ed25519 SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"
    assert fingerprint(f"{HOST_KEY} a comment") == fingerprint(HOST_KEY)
    assert fingerprint("ssh-rsa no+base64=?") == ""
    assert fingerprint("") == ""


def test_private_keys_with_a_passphrase_are_known() -> None:
    assert is_private_key(OPEN_KEY)
    assert not is_private_key(HOST_KEY)
    assert not locked(OPEN_KEY)
    assert locked(LOCKED_KEY)
    assert locked("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n")


def usage(days: float, count: int) -> Usage:
    return Usage(at=DAY + timedelta(days=days), bytes=count, objects=count)


def test_of_each_account_the_last_that_is_known_counts() -> None:
    one = [usage(0, 100), usage(2, 50)]
    other = [usage(1, 7), usage(1.1, 8)]
    assert [each.bytes for each in summed([one, other])] == [100, 108, 58]
    assert summed([]) == summed([[]]) == []


def test_the_picture_goes_up_to_a_round_size() -> None:
    assert [round_top(most) for most in (0, 2, 999, 1500, 2_724 * 10**9)] == [2000, 2000, 2000, 2000, 4 * 10**12]


def test_the_picture_says_the_time_where_all_is_of_one_day() -> None:
    morning = datetime(2026, 11, 30, 8, 4).astimezone()
    points = [Usage(at=at, bytes=1, objects=1) for at in (morning, morning + timedelta(hours=4))]
    assert usage_chart.ends_of(points) == ("08:04", "30 Nov, 12:04")
    assert usage_chart.ends_of(points[:1]) == ("", "30 Nov")
    assert usage_chart.ends_of([points[0].model_copy(update={"at": morning - timedelta(days=9)}), points[1]]) == (
        "21 Nov",
        "30 Nov",
    )


def test_the_picture_is_told_in_words() -> None:
    assert "Nothing is known" in summary_of([])
    assert "100 bytes" in summary_of([usage(0, 100)])
    told = summary_of([usage(0, 100), usage(9, 3000)])
    assert "100 bytes" in told
    assert "3 kB" in told


def test_a_local_folder_takes_no_credentials() -> None:
    assert "credentials" in advice_for(TestResult.OK, StorageKind.SFTP)
    assert "credentials" not in advice_for(TestResult.OK, StorageKind.LOCAL)
