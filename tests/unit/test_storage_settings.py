"""Where an account leads: to the letter, whatever its secrets are, and its keys where these choose no buckets."""

import pytest

from server.contract.storage import StorageKind
from server.domain.storage import leads_to

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
