"""Where an account leads: to the letter, and whatever its keys and secrets are."""

import pytest

from server.contract.storage import StorageKind
from server.domain.storage import leads_to

S3 = {"preset": "other", "endpoint": "https://s3.example", "access_key": "A"}
SFTP = {"host": "sftp.example", "port": "22", "username": "backup", "path": "/data", "host_key": "ssh-ed25519 AAAA"}
LOCAL = {"path": "/srv/backup"}


@pytest.mark.parametrize(
    ("kind", "settings", "change", "same"),
    [
        (StorageKind.S3_COMPATIBLE, S3, {"access_key": "B"}, True),
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
