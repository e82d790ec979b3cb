"""SFTP: a server is known by its pinned key, and only then is told who we are."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from server.contract.storage import StorageKind, TestResult
from server.storage.answers import StorageError
from server.storage.counting import Size
from server.storage.emptying import Emptied
from server.storage.remote import Remote, checked
from tests.server.reaching import free_port
from tests.storage.openssh import OpenSsh, openssh
from tests.storage.services import ODD, Service, World, files, fill, s3, serve_s3, serve_sftp, sftp

__all__ = ["openssh"]  # a fixture


def ignore(*_: object) -> None:
    """Be told, and do nothing."""


@pytest.fixture(scope="module")
def pinned(world: World, sftp_service: Service) -> str:
    """Return the key of the server, as a person gets it from the first test."""
    tried = world.run(world.storage.test(sftp(sftp_service)))
    assert (tried.result, tried.places) == (TestResult.HOST_KEY, [])
    assert tried.host_key is not None
    return tried.host_key


def test_with_its_key_pinned_a_server_is_used(world: World, sftp_service: Service, pinned: str) -> None:
    remote = sftp(sftp_service, host_key=f"{pinned} root@backup")
    world.run(world.storage.make_place(remote, "customers"))
    fill(world.folder / "customers", "alice/1", "alice/deep/2", "alice2/1", "alice.txt")
    tried = world.run(world.storage.test(remote))
    assert (tried.result, tried.places, tried.host_key) == (TestResult.OK, ["customers"], pinned)
    assert [each.name for each in world.run(world.storage.browse(remote, "customers"))] == [
        "alice",
        "alice2",
        "alice.txt",
    ]
    assert world.run(world.storage.measure(remote, "customers", ignore)) == Size(400, 4)
    below = sftp(sftp_service, host_key=pinned, path="customers")
    assert world.run(world.storage.measure(below, "alice", ignore)) == Size(200, 2)
    assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
    assert files(world.folder / "customers") == {"alice2/1", "alice.txt"}
    assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)


def test_without_a_pinned_key_nothing_but_the_test_works(world: World, sftp_service: Service) -> None:
    assert world.failure(world.storage.browse(sftp(sftp_service), "customers")) is TestResult.HOST_KEY


def test_openssh_is_used(world: World, openssh: OpenSsh, tmp_path: Path) -> None:
    remote = openssh.remote(tmp_path)
    assert world.run(world.storage.test(remote)).places == ["keys"]
    world.run(world.storage.make_place(remote, "customers"))
    fill(tmp_path / "customers", "alice/1", "alice/deep/2", "alice2/3")
    assert world.run(world.storage.measure(remote, "customers", ignore)) == Size(300, 3)
    assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
    assert files(tmp_path / "customers") == {"alice2/3"}


def test_what_the_login_may_not_list_or_delete_is_left_and_the_rest_is_gone(
    world: World, openssh: OpenSsh, tmp_path: Path
) -> None:
    place, remote = tmp_path / "customers", openssh.remote(tmp_path)
    try:
        fill(place, "alice/1", "alice/locked/2", "alice/shut/3", "alice/shut/deep/4", "bob/5")
        (place / "alice/locked").chmod(0o555)
        (place / "alice/shut").chmod(0)
        assert world.run(world.storage.rest(remote, "customers/alice")) == Size(200, 2, unlisted=1)
        may_not = TestResult.NO_LIST_PERMISSION
        assert world.failure(world.storage.measure(remote, "customers/alice", ignore)) is may_not
        for _ in range(2):
            done = world.run(world.storage.empty(remote, "customers/alice", ignore))
            assert (done.left, done.failure) == (2, TestResult.NO_LIST_PERMISSION)
        (place / "alice/shut").chmod(0o755)
        done = world.run(world.storage.empty(remote, "customers/alice", ignore))
        assert (done.left, done.failure) == (1, TestResult.NO_DELETE_PERMISSION)
        assert files(place) == {"alice/locked/2", "bob/5"}
        (place / "alice/locked").chmod(0o755)
        assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
        assert files(place) == {"bob/5"}
        (place / "bob").chmod(0)
        assert world.failure(world.storage.count(remote, "customers/bob", ignore)) is TestResult.NO_LIST_PERMISSION
    finally:
        for folder in (place / "bob", *place.glob("alice/*/")):
            folder.chmod(0o755)


def test_what_keeps_a_folder_is_named_whatever_it_is_called(world: World, openssh: OpenSsh, tmp_path: Path) -> None:
    place, remote = tmp_path / "customers", openssh.remote(tmp_path)
    odd = ["ends with a space ", "two\nlines", "turns\u202eround", "back\\slash", "deep/" + "/".join(["x" * 200] * 6)]
    fill(place, "alice/ok/1", *(f"alice/{each}/2" for each in odd), "alice/shut/3", "bob/4")
    try:
        (place / "alice/shut").chmod(0)
        assert world.run(world.storage.rest(remote, "customers/alice")) == Size(600, 6, unlisted=1)
        done = world.run(world.storage.empty(remote, "customers/alice", ignore))
        assert (done.left, done.failure) == (1, TestResult.NO_LIST_PERMISSION)
        assert world.run(world.storage.remains(remote, "customers/alice", 20)) == ["shut/"]
    finally:
        (place / "alice/shut").chmod(0o755)
    (place / "alice/shut/out").symlink_to(place / "bob")
    (place / "alice/shut/3").unlink()
    done = world.run(world.storage.empty(remote, "customers/alice", ignore))
    assert (done.left, done.failure) == (1, TestResult.FAILED)
    assert world.run(world.storage.remains(remote, "customers/alice", 20)) == ["shut/out"]
    (place / "alice/shut/out").unlink()
    try:
        place.chmod(0o555)
        assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
        done = world.run(world.storage.remove(remote, "customers/alice"))
        assert (done.left, done.failure) == (1, TestResult.NO_DELETE_PERMISSION)
        assert world.run(world.storage.remains(remote, "customers/alice", 20)) == ["alice/"]
    finally:
        place.chmod(0o755)
    for _ in range(2):
        assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
        assert world.run(world.storage.remove(remote, "customers/alice")) == Emptied(0, None)
        assert not (place / "alice").exists()
    assert files(place) == {"bob/4"}


def test_names_go_to_the_server_as_they_came(world: World, openssh: OpenSsh, tmp_path: Path) -> None:
    place, remote = tmp_path / "customers", openssh.remote(tmp_path)
    fill(place, *(f"alice/{each}" for each in ODD), "kept")
    assert world.run(world.storage.measure(remote, "customers", ignore)) == Size(100 * len(ODD) + 100, len(ODD) + 1)
    assert set(world.run(world.storage.remains(remote, "customers/alice", 50))) == set(ODD)
    assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
    assert files(place) == {"kept"}


@pytest.mark.parametrize("kind", ["s3", "sftp"])
def test_names_go_to_the_engines_own_servers_as_they_came(world: World, home: Path, tmp_path: Path, kind: str) -> None:
    fill(tmp_path / "customers", *(f"alice/{each}" for each in ODD), "kept")
    server = (serve_s3 if kind == "s3" else serve_sftp)(tmp_path, home, "--local-encoding", "Raw")
    try:
        remote = s3(f"http://127.0.0.1:{server.port}")
        if kind == "sftp":
            remote = sftp(server, host_key=world.run(world.storage.test(sftp(server))).host_key or "")
        assert world.run(world.storage.measure(remote, "customers", ignore)).objects == len(ODD) + 1
        assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
    finally:
        server.stop()
    assert files(tmp_path) == {"customers/kept"}


def test_links_are_neither_followed_nor_counted(world: World, sftp_service: Service, pinned: str) -> None:
    remote = sftp(sftp_service, host_key=pinned)
    fill(world.folder / "linked", "alice/1")
    fill(world.folder / "elsewhere", "kept")
    (world.folder / "linked" / "alice" / "out").symlink_to(world.folder / "elsewhere")
    world.run(world.storage.empty(remote, "linked/alice", ignore))
    done = world.run(world.storage.remove(remote, "linked/alice"))
    assert files(world.folder / "elsewhere") == {"kept"}
    assert done.left == 1


def test_a_folder_that_is_or_lies_behind_a_link_is_not_emptied(world: World, tmp_path: Path) -> None:
    fill(world.folder / "bob", "kept/1")
    (world.folder / "bob" / "bare").mkdir()
    (world.folder / "home").mkdir()
    (world.folder / "home" / "mallory").symlink_to("../bob")
    linking = serve_sftp(world.folder, tmp_path, "--vfs-links", "--links")
    try:
        tried = world.run(world.storage.test(sftp(linking)))
        remote = sftp(linking, host_key=tried.host_key or "")
        for path in ("home/mallory", "home/mallory/kept"):
            assert world.failure(world.storage.empty(remote, path, ignore)) is TestResult.NOT_ALLOWED
            assert world.failure(world.storage.rest(remote, path)) is TestResult.NOT_ALLOWED
        assert world.run(world.storage.empty(remote, "home/nobody", ignore)) == Emptied(0, None)
        for path in ("home/mallory", "home/mallory/bare"):
            assert world.failure(world.storage.remove(remote, path)) is TestResult.NOT_ALLOWED
    finally:
        linking.stop()
    assert files(world.folder / "bob") == {"kept/1"}
    assert (world.folder / "bob" / "bare").is_dir()


def composite(size: int) -> str:
    """Return an RSA key whose primes are none, which costs nothing to make, and much to find out."""
    p, q = (1 << size // 2) - 1, (1 << size // 2) - 9
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), RSAPublicNumbers(65537, p * q))
    key = numbers.private_key(unsafe_skip_rsa_key_validation=True)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_the_primes_of_a_key_are_not_proved_and_a_long_one_is_refused(sftp_service: Service) -> None:
    checked(sftp(sftp_service, private_key=composite(4096)))
    with pytest.raises(StorageError):
        checked(sftp(sftp_service, private_key=composite(4352)))


def test_each_refusal_is_told_apart(world: World, sftp_service: Service, pinned: str) -> None:
    refusals = {
        TestResult.WRONG_KEY: sftp(sftp_service, host_key=pinned, password="canary-another"),
        TestResult.REFUSED: sftp(Service(sftp_service.process, free_port()), host_key=pinned),
        TestResult.UNKNOWN_HOST: sftp(sftp_service, host="nowhere.invalid", host_key=pinned),
        TestResult.NOT_ALLOWED: sftp(sftp_service, host="10.1.2.3", host_key=pinned),
        TestResult.INVALID: sftp(sftp_service, host_key="ssh-ed25519 AAAA"),
    }
    for result, remote in refusals.items():
        assert world.run(world.storage.test(remote)).result is result


def test_a_server_that_asks_for_more_than_a_password_does_not_take_one(
    world: World, openssh: OpenSsh, tmp_path: Path
) -> None:
    known = {name: value for name, value in openssh.settings(tmp_path).items() if name != "private_key"}
    remote = Remote(StorageKind.SFTP, {**known, "password": "canary-another"})
    assert world.run(world.storage.test(remote)).result is TestResult.WRONG_KEY


def test_a_changed_key_is_refused_before_the_password(world: World, pinned: str, tmp_path: Path) -> None:
    other = serve_sftp(world.folder, tmp_path)
    try:
        remote = sftp(other, host_key=pinned)
        tried = world.run(world.storage.test(remote))
        assert tried.result is TestResult.HOST_KEY
        assert tried.host_key not in (None, pinned)
        assert world.failure(world.storage.browse(remote, "")) is TestResult.HOST_KEY
    finally:
        other.stop()


def test_a_server_that_is_none_is_told(world: World, s3_service: Service) -> None:
    assert world.run(world.storage.test(sftp(s3_service))).result is TestResult.NO_SERVICE


def test_a_private_key_opens(world: World, home: Path, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    authorised = tmp_path / "authorised"
    authorised.write_bytes(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b"\n")
    server = serve_sftp(world.folder, home, "--authorized-keys", str(authorised))
    try:
        found = world.run(world.storage.test(sftp(server, private_key=text))).host_key or ""
        for line_ends in (text, text.replace("\n", "\r\n"), text.strip()):
            remote = sftp(server, private_key=line_ends, host_key=found)
            assert world.run(world.storage.test(remote)).result is TestResult.OK
        assert world.run(world.storage.test(sftp(server, private_key="nonsense"))).result is TestResult.INVALID
    finally:
        server.stop()


def test_a_login_needs_one_secret(world: World) -> None:
    settings = {"host": "backup.example", "username": "backup"}
    assert world.run(world.storage.test(Remote(StorageKind.SFTP, settings))).result is TestResult.INVALID
