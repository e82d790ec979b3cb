"""Azure Blob: what the engine is told; and, where COUNTERSIGN_AZURITE names its blob/main.js, what comes of it."""

import base64
import hmac
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote

import pytest

from server.contract.storage import Entry, StorageKind, TestResult
from server.storage import remote as remotes
from server.storage.answers import StorageError
from server.storage.counting import Size
from server.storage.emptying import Emptied
from server.storage.remote import Remote
from tests.phone.node import _node
from tests.proving import wait_for
from tests.server.reaching import free_port
from tests.storage.flat_s3 import FlatS3
from tests.storage.services import ODD, Service, World, engine, listens, s3

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # Azurite's own


def ignore(*_: object) -> None:
    """Be told, and do nothing."""


def azure(**more: str) -> Remote:
    return Remote(StorageKind.AZURE_BLOB, {"account": ACCOUNT, "key": KEY} | more)


def test_the_engine_is_told_key_and_endpoint_and_to_look_nowhere_else() -> None:
    plain = {"type": "azureblob", "account": ACCOUNT, "key": KEY, "env_auth": "false", "use_msi": "false"}
    plain |= {"encoding": "Raw"}
    assert remotes.options(remotes.checked(azure()), "") == plain
    assert remotes.hosts(azure()) == {f"{ACCOUNT}.blob.core.windows.net"}
    own = remotes.checked(azure(endpoint=f"HTTPS://Blob.Example:8443/{ACCOUNT}/"))
    assert remotes.options(own, "") == plain | {"endpoint": f"https://blob.example:8443/{ACCOUNT}"}
    assert remotes.hosts(own) == {"blob.example"}


@pytest.mark.parametrize(
    "more",
    [
        {"key": "no base64!"},
        {"key": ""},
        {"account": "Two.Parts"},
        {"account": "a/b"},
        {"endpoint": "https://blob.example/../x"},
        {"sas_url": "https://127.0.0.1"},
        {"connection_string": "x"},
    ],
)
def test_other_settings_are_invalid(more: dict[str, str]) -> None:
    with pytest.raises(StorageError, match="invalid"):
        remotes.checked(azure(**more))


def test_a_page_is_no_azure(world: World) -> None:
    engine()
    service = FlatS3()
    service.page = 200, ""
    found = world.run(world.storage.test(azure(endpoint=f"{service.endpoint}/{ACCOUNT}")))
    assert found.result is not TestResult.OK
    service.close()


def test_neither_an_s3_nor_an_ssh_server_is_azure(world: World, s3_service: Service, sftp_service: Service) -> None:
    for port in (s3_service.port, sftp_service.port):
        there = azure(endpoint=f"http://127.0.0.1:{port}")
        assert world.run(world.storage.test(there)).result is TestResult.NO_SERVICE


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    """Start Azurite."""
    if (main := os.environ.get("COUNTERSIGN_AZURITE")) is None:
        pytest.skip("COUNTERSIGN_AZURITE does not say where Azurite is; npm needs 190 MB for it")
    port = free_port()
    command = [str(_node()[0]), main, "--blobPort", str(port), "--location", str(tmp_path), "--skipApiVersionCheck"]
    with subprocess.Popen([*command, "--silent"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: listens(port), 30)
        yield f"http://127.0.0.1:{port}/{ACCOUNT}"
        process.kill()


def put(endpoint: str, *blobs: str) -> None:
    """Write blobs of a hundred bytes."""
    account = ["--azureblob-account", ACCOUNT, "--azureblob-key", KEY, "--azureblob-endpoint", endpoint]
    for blob in blobs:
        command = [engine(), "--config", "", *account, "rcat", f":azureblob:{blob}"]
        subprocess.run(command, input=b"x" * 100, check=True)


def test_azurite_is_found_measured_and_emptied(world: World, endpoint: str) -> None:
    remote, storage = azure(endpoint=endpoint), world.storage
    world.run(storage.make_place(remote, "backup"))
    assert world.run(storage.test(remote)).places == ["backup"]
    wrong = base64.b64encode(b"x" * 64).decode()
    assert world.run(storage.test(azure(endpoint=endpoint, key=wrong))).result is TestResult.WRONG_KEY
    assert world.run(storage.test(s3(endpoint.removesuffix(f"/{ACCOUNT}")))).result is TestResult.NO_SERVICE
    put(
        endpoint,
        "backup/alice/1",
        "backup/alice/deep/2",
        "backup/alice",
        "backup/alice2/1",
        "backup/c/alice/1",
        "backup/c/alice",
    )
    found = world.run(storage.browse(remote, "backup/alice"))
    assert found == [Entry(name="deep", folder=True, size=None), Entry(name="1", folder=False, size=100)]
    assert world.run(storage.measure(remote, "backup", ignore)) == Size(600, 6)
    assert world.run(storage.measure(remote, "backup/alice", ignore)) == Size(200, 2)
    assert world.failure(storage.measure(remote, "nowhere", ignore)) is TestResult.NO_SUCH_PLACE
    assert world.run(storage.empty(remote, "backup/alice", ignore)) == Emptied(0, None)
    assert world.run(storage.empty(remote, "backup/alice", ignore)) == Emptied(0, None)
    assert world.run(storage.empty(remote, "backup/c/alice", ignore)) == Emptied(0, None)
    assert world.run(storage.measure(remote, "backup", ignore)) == Size(300, 3)
    assert world.failure(storage.empty(remote, "nowhere/alice", ignore)) is TestResult.NO_SUCH_PLACE


def test_names_go_to_azure_as_they_came(world: World, endpoint: str) -> None:
    remote = azure(endpoint=endpoint)
    world.run(world.storage.make_place(remote, "backup"))
    hers = [*ODD, "tail.", "dir./x", "dir./tail.", "/x"]
    put(endpoint, "backup/bob/1", "backup/tail/1")
    for name in hers:
        ask(endpoint, f"backup/tail\uff0e/{name}", **{"x-ms-blob-type": "BlockBlob"})
    assert world.run(world.storage.measure(remote, "backup/tail\uff0e", ignore)).objects == len(hers)
    assert world.run(world.storage.empty(remote, "backup/tail\uff0e", ignore)) == Emptied(0, None)
    assert world.run(world.storage.measure(remote, "backup", ignore)) == Size(200, 2)


def test_snapshots_go_with_their_blob(world: World, endpoint: str) -> None:
    remote = azure(endpoint=endpoint)
    world.run(world.storage.make_place(remote, "backup"))
    put(endpoint, "backup/alice/1", "backup/bob/1")
    snapshot(endpoint, "backup/alice/1")
    assert world.run(world.storage.empty(remote, "backup/alice", ignore)) == Emptied(0, None)
    assert world.run(world.storage.measure(remote, "backup", ignore)) == Size(100, 1)


def snapshot(endpoint: str, blob: str) -> None:
    """Take one of a blob."""
    ask(endpoint, blob, "?comp=snapshot", "\ncomp:snapshot")


def ask(endpoint: str, blob: str, query: str = "", signed_query: str = "", **headers: str) -> None:
    """Ask the service's own REST interface for something about a blob (Shared Key, version 2021-08-06)."""
    asked_at = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06", **headers}
    named = "".join(f"{name}:{value}\n" for name, value in sorted(asked_at.items()))
    signed = f"PUT{12 * chr(10)}{named}/{ACCOUNT}/{ACCOUNT}/{quote(blob)}{signed_query}"
    mac = base64.b64encode(hmac.digest(base64.b64decode(KEY), signed.encode(), "sha256")).decode()
    given = {"Authorization": f"SharedKey {ACCOUNT}:{mac}", "Content-Length": "0", **asked_at}
    asked = urllib.request.Request(f"{endpoint}/{quote(blob)}{query}", method="PUT", headers=given)  # noqa: S310
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - Azurite on this computer
        assert answer.status == 201
