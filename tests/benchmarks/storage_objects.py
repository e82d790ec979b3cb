"""How fast what lies at an S3 service is counted and deleted, beside the provider's own library, in one run.

    uv run --group benchmarks python -m tests.benchmarks.storage_objects [--objects 5000]

Two folders alike at one service on this computer (`rclone serve s3`): one is counted and emptied as the server does it,
the other with boto3, a page of a thousand objects at a time. The ratio counts: a real service answers otherwise.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.storage.services import ACCESS_KEY, SECRET_KEY, World, s3, serve_s3

BUCKET, SIZE, IN_A_FOLDER = "bucket", 1000, 500


def lay(folder: Path, objects: int) -> None:
    """Write this many objects, some hundreds in a folder."""
    for number in range(objects):
        file = folder / str(number // IN_A_FOLDER) / str(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(SIZE))


class Sdk:
    """The provider's own library."""

    def __init__(self, endpoint: str) -> None:
        """Connect; nothing is asked yet."""
        boto3, config = import_module("boto3"), import_module("botocore.config")
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=config.Config(s3={"addressing_style": "path"}),
        )

    def _pages(self, prefix: str) -> Any:
        return self._client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)

    def count(self, prefix: str) -> int:
        """Count what lies below a prefix."""
        return sum(len(page.get("Contents", [])) for page in self._pages(prefix))

    def delete(self, prefix: str) -> int:
        """Delete it, and count what is left, as the server does."""
        for page in list(self._pages(prefix)):
            if keys := [{"Key": each["Key"]} for each in page.get("Contents", [])]:
                self._client.delete_objects(Bucket=BUCKET, Delete={"Objects": keys, "Quiet": True})
        return self.count(prefix)


def took(call: Callable[[], int], expected: int) -> float:
    """Return how many seconds it takes; raises where it does not find what it should."""
    began = time.perf_counter()
    found = call()
    seconds = time.perf_counter() - began
    if found != expected:
        message = f"found {found}, not {expected}"
        raise RuntimeError(message)
    return seconds


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=5000)
    objects = parser.parse_args().objects
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "home").mkdir()
        for whose in ("ours", "theirs"):
            lay(folder / "root" / BUCKET / whose, objects)
        service = serve_s3(folder / "root", folder / "home", "--dir-cache-time", "5m")
        world, sdk = World(folder), Sdk(f"http://127.0.0.1:{service.port}")
        remote, storage = s3(f"http://127.0.0.1:{service.port}"), world.storage
        try:
            world.run(storage.places(remote))  # the engine is running
            rows = {
                "counted": (
                    took(
                        lambda: world.run(storage.measure(remote, f"{BUCKET}/ours", lambda *_: None)).objects, objects
                    ),
                    took(lambda: sdk.count("theirs/"), objects),
                ),
                "deleted": (
                    took(lambda: world.run(storage.empty(remote, f"{BUCKET}/ours", lambda _: None)).left, 0),
                    took(lambda: sdk.delete("theirs/"), 0),
                ),
            }
        finally:
            world.close()
            service.stop()
    write = sys.stdout.write
    write(f"{objects} objects    Countersign    boto3    ratio\n")
    for what, (ours, theirs) in rows.items():
        write(f"{what:>12}  {objects / ours:9.0f}/s  {objects / theirs:8.0f}/s  {ours / theirs:6.2f}\n")


if __name__ == "__main__":
    main()
