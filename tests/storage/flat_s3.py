"""An S3 service as flat as real ones, where `alice`, `alice/` and `alice//x` are three objects; it checks no keys."""

import re
import threading
import time
from bisect import bisect_right
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from typing_extensions import override

PAGE = 1000
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


class FlatS3:
    """Serves the bucket `backup`, and what goes wrong as it is told."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Serve at once."""
        self.keys = dict[str, int]()
        self.kept = set[str]()
        """What it refuses to delete."""
        self.fails_after: int | None = None
        """How many objects it still deletes, before it answers 500 to everything."""
        self.failure: tuple[int, str] | None = None
        self.redirect: tuple[int, str] | None = None
        self.page: tuple[int, str] | None = None
        """What it says to everything instead, as a page about maintenance does."""
        self.endless = False
        self.calls = list[str]()
        self.deletes = threading.Event()
        """While it is not set, nothing is deleted yet of what is asked for."""
        self.deletes.set()
        self.called_by = list[str]()
        """The access key of each call that came."""
        self._server = ThreadingHTTPServer((host, 0), _handler(self))
        self.port = int(self._server.server_address[1])
        self.endpoint = f"http://{host}:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="flat S3", daemon=True).start()

    def close(self) -> None:
        """End it."""
        self.deletes.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, target: str) -> tuple[int, str, dict[str, str]]:
        """Return status, body and further headers."""
        self.calls.append(f"{method} {target}")
        parts = urlsplit(target)
        bucket, key = unquote(parts.path).lstrip("/").partition("/")[0], self.key_of(target)
        if self.page:
            return *self.page, {}
        if self.redirect:
            return self.redirect[0], "", {"Location": self.redirect[1]}
        if self.failure:
            return self.failure[0], error(self.failure[1]), {}
        if bucket and bucket != "backup":
            return 404, error("NoSuchBucket"), {}
        if not bucket:
            return 200, _buckets(), {}
        if method == "DELETE":
            self.deletes.wait()
            return self._deleted(key)
        if method == "HEAD":
            found = key in self.keys
            return 200 if found else 404, "", {"ETag": '"0"', "Last-Modified": "Sat, 28 Nov 2026 10:00:00 GMT"}
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if "versioning" in query:
            return 200, f"{HEAD}<VersioningConfiguration/>", {}
        return 200, self._listed(query), {}

    def key_of(self, target: str) -> str:
        """Return the key that is asked for."""
        return unquote(urlsplit(target).path).lstrip("/").partition("/")[2]

    def _deleted(self, key: str) -> tuple[int, str, dict[str, str]]:
        if key in self.kept:
            return 403, error("AccessDenied"), {}
        self.keys.pop(key, None)
        if self.fails_after is not None:
            self.fails_after -= 1
            self.failure = None if self.fails_after > 0 else (500, "InternalError")
        return 204, "", {}

    def _listed(self, query: dict[str, str]) -> str:
        written = quote if query.get("encoding-type") == "url" else _kept
        start = int(query.get("continuation-token", "0"))
        if self.endless:
            time.sleep(0.02)
            page = [f"object-{start + each}" for each in range(PAGE)]
            return _listing(page, [], start + PAGE, dict.fromkeys(page, 1), _kept)
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        objects, folders = list[str](), dict[str, None]()
        for key in sorted(each for each in list(self.keys) if each.startswith(prefix)):
            inner, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            if found:
                folders[prefix + inner + delimiter] = None
            else:
                objects.append(key)
        start = start or bisect_right(objects, query.get("marker", ""))
        page = objects[start : start + PAGE]
        following = start + PAGE if len(objects) > start + PAGE else None
        return _listing(page, list(folders) if start == 0 else [], following, self.keys, written)


def _handler(service: FlatS3) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            key = re.search("Credential=([^/]+)", self.headers.get("Authorization", ""))
            service.called_by.append(key[1] if key else "")
            status, body, headers = service.answer(self.command, self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 - as http.server names them

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def error(code: str) -> str:
    """Return what a refusal says."""
    return f"{HEAD}<Error><Code>{code}</Code><Message>Said by the service: canary-of-the-service</Message></Error>"


def _buckets() -> str:
    bucket = "<Bucket><Name>backup</Name><CreationDate>2026-11-28T10:00:00.000Z</CreationDate></Bucket>"
    return f"{HEAD}<ListAllMyBucketsResult><Buckets>{bucket}</Buckets></ListAllMyBucketsResult>"


def _kept(key: str) -> str:
    return key


def _listing(
    objects: list[str],
    folders: list[str],
    following: int | None,
    sizes: dict[str, int],
    written: Callable[[str], str],
) -> str:
    contents = "".join(
        f"<Contents><Key>{escape(written(key))}</Key><LastModified>2026-11-28T10:00:00.000Z</LastModified>"
        f"<ETag>&quot;0&quot;</ETag><Size>{sizes[key]}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        for key in objects
    )
    prefixes = "".join(f"<CommonPrefixes><Prefix>{escape(written(each))}</Prefix></CommonPrefixes>" for each in folders)
    more = f"<NextContinuationToken>{following}</NextContinuationToken>" if following is not None else ""
    return (
        f"{HEAD}<ListBucketResult><Name>backup</Name>{'<EncodingType>url</EncodingType>' if written is quote else ''}"
        f"<IsTruncated>{str(following is not None).lower()}</IsTruncated>{more}{contents}{prefixes}</ListBucketResult>"
    )
