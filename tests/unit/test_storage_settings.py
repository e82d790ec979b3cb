"""Where an account leads, to the letter, whatever its secrets are, and where two places may be one."""

import pytest

from server.contract.problem import Problem
from server.contract.storage import StorageKind
from server.domain.storage import checked, leads_to, lies_in, overlap

S3 = {"preset": "other", "endpoint": "https://s3.example", "access_key": "A"}
AMAZON = {"region": "eu-central-1", "access_key": "A"}
VIRGINIA = S3 | {"endpoint": "https://s3.us-east-1.amazonaws.com"}
SFTP = {"host": "sftp.example", "port": "22", "username": "backup", "path": "/data", "host_key": "ssh-ed25519 AAAA"}
LOCAL = {"path": "/srv/backup"}


@pytest.mark.parametrize(
    ("kind", "settings", "change", "same"),
    [
        (StorageKind.AMAZON_S3, AMAZON, {"access_key": "B"}, True),
        (StorageKind.AMAZON_S3, AMAZON, {"region": "us-east-1"}, True),
        (StorageKind.AMAZON_S3, AMAZON, {"region": "cn-north-1"}, False),
        (StorageKind.AMAZON_S3, AMAZON, {"region": "us-gov-west-1"}, False),
        (StorageKind.AMAZON_S3, AMAZON, {"region": "us-iso-east-1"}, False),
        (StorageKind.AMAZON_S3, AMAZON, {"region": "us-isob-east-1"}, False),
        (StorageKind.AMAZON_S3, AMAZON | {"region": "us-gov-west-1"}, {"region": "us-gov-east-1"}, True),
        (StorageKind.S3_COMPATIBLE, VIRGINIA, {"endpoint": "https://s3.eu-central-1.amazonaws.com"}, True),
        (StorageKind.S3_COMPATIBLE, VIRGINIA, {"access_key": "B"}, True),
        (StorageKind.S3_COMPATIBLE, VIRGINIA, {"endpoint": "https://s3.us-gov-west-1.amazonaws.com"}, False),
        (StorageKind.S3_COMPATIBLE, VIRGINIA, {"endpoint": "https://s3.cn-north-1.amazonaws.com.cn"}, False),
        (StorageKind.S3_COMPATIBLE, S3, {"access_key": "B"}, False),
        (StorageKind.S3_COMPATIBLE, S3 | {"preset": "ceph"}, {"access_key": "B"}, False),
        (StorageKind.S3_COMPATIBLE, S3 | {"preset": "minio"}, {"access_key": "B"}, True),
        (StorageKind.S3_COMPATIBLE, S3 | {"preset": "wasabi"}, {"access_key": "B"}, True),
        (StorageKind.S3_COMPATIBLE, S3 | {"preset": "backblaze_b2"}, {"access_key": "B"}, True),
        (StorageKind.S3_COMPATIBLE, S3, {"endpoint": "http://s3.example"}, True),
        (StorageKind.S3_COMPATIBLE, S3, {"endpoint": "https://s3.example:9000"}, False),
        (StorageKind.SFTP, SFTP, {"host_key": "ssh-ed25519 BBBB"}, True),
        (StorageKind.SFTP, SFTP, {"username": "other"}, False),
        (StorageKind.SFTP, SFTP, {"path": "/DATA"}, False),
        (StorageKind.SFTP, SFTP, {"host": "other.example"}, False),
        (StorageKind.LOCAL, LOCAL, {"path": "/srv/Backup"}, False),
    ],
)
def test_only_another_place_is_another(
    kind: StorageKind, settings: dict[str, str], change: dict[str, str], *, same: bool
) -> None:
    assert (leads_to(kind, settings) == leads_to(kind, settings | change)) is same


HOME, ROOT = {**SFTP, "path": ""}, {**SFTP, "path": "/"}


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ((HOME, "customers"), (ROOT, "elsewhere"), True),
        ((HOME, "customers"), ({**ROOT, "username": "other"}, "elsewhere"), True),
        ((HOME, "customers"), ({**HOME, "username": "other"}, "customers"), False),
        ((HOME, "customers"), ({**HOME, "path": "customers"}, "mia"), True),
        ((HOME, "customers"), ({**HOME, "path": "elsewhere"}, "customers"), False),
        ((SFTP, "customers"), ({**ROOT, "username": "other"}, "data/customers/mia"), True),
        ((SFTP, "customers"), ({**ROOT, "username": "other"}, "data/elsewhere"), False),
        ((HOME, "customers"), ({**ROOT, "host": "sftp.example."}, "elsewhere"), True),
        ((HOME, "customers"), ({**ROOT, "port": "23"}, "elsewhere"), False),
        ((SFTP, "Acme."), (SFTP, "acme/mia"), True),
    ],
)
def test_where_a_home_lies_nobody_knows(
    one: tuple[dict[str, str], str], other: tuple[dict[str, str], str], *, may: bool
) -> None:
    mine, theirs = (lies_in(StorageKind.SFTP, *each) for each in (one, other))
    assert (overlap(mine, theirs), overlap(theirs, mine)) == (may, may)


@pytest.mark.parametrize(
    ("host", "amazon"),
    [
        *(("s3.amazonaws.com", True), ("s3.eu-west-1.amazonaws.com", True), ("s3-eu-west-1.amazonaws.com", True)),
        *(("s3.dualstack.eu-west-1.amazonaws.com", True), ("s3-fips.us-east-1.amazonaws.com.", True)),
        *(("s3-fips.dualstack.us-east-1.amazonaws.com", True), ("s3-accelerate.amazonaws.com", True)),
        *(("s3-accelerate.dualstack.amazonaws.com.", True), ("s3.cn-north-1.amazonaws.com.cn", True)),
        *(("s3.example", False), ("s3.amazonaws.com.example", False), ("notamazonaws.com", False)),
    ],
)
def test_amazon_is_known_by_all_its_names(host: str, *, amazon: bool) -> None:
    named = lies_in(StorageKind.S3_COMPATIBLE, {**S3, "endpoint": f"https://{host}"}, "bucket")
    assert overlap(named, lies_in(StorageKind.AMAZON_S3, {"region": "eu-west-1"}, "bucket/mia")) is amazon


def test_an_address_with_a_bucket_in_it_is_told_to_end_before() -> None:
    given = {**S3, "secret_key": "x"}
    assert (
        checked(StorageKind.S3_COMPATIBLE, {**given, "endpoint": "https://s3.example/"})["endpoint"] == S3["endpoint"]
    )
    with pytest.raises(Problem) as raised:
        checked(StorageKind.S3_COMPATIBLE, {**given, "endpoint": "https://s3.example/bucket"})
    told = "End after host and port; the bucket is chosen later."
    assert raised.value.members["fields"] == {"settings.endpoint": told}
