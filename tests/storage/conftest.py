"""What the tests of storage share: one engine and one service of each kind a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.flat_s3 import FlatS3
from tests.storage.services import Service, World, serve_s3, serve_sftp


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a `Storage` that may reach this computer."""
    made = World(tmp_path_factory.mktemp("storage"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the SFTP server keeps its host keys."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def s3_service(world: World, home: Path) -> Iterator[Service]:
    """Serve the world's folder as S3."""
    service = serve_s3(world.folder, home)
    yield service
    service.stop()


@pytest.fixture(scope="module")
def sftp_service(world: World, home: Path) -> Iterator[Service]:
    """Serve the world's folder by SFTP."""
    service = serve_sftp(world.folder, home)
    yield service
    service.stop()


@pytest.fixture
def flat_s3() -> Iterator[FlatS3]:
    """Serve keys that are as flat as real ones."""
    service = FlatS3()
    yield service
    service.close()
