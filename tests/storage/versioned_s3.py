"""An S3 service whose bucket keeps versions, and refuses to tell or delete them as it is told."""

from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from typing_extensions import override

from tests.storage.flat_s3 import HEAD, FlatS3, error

AT = "<LastModified>2026-11-28T10:00:00.000Z</LastModified>"


class VersionedS3(FlatS3):
    """Serves the bucket `backup`; what is deleted without a version stays under a marker."""

    def __init__(self) -> None:
        """Serve at once."""
        super().__init__()
        self.status = "Enabled"
        """What it says of the bucket; empty for one that never kept versions."""
        self.refusals = dict[str, tuple[int, str]]()
        """What it says instead: to `versioning`, to `versions`, to `versionId`, and to `DELETE` without a version."""
        self.locked = set[str]()
        """Versions that it deletes for nobody."""
        self.versions = dict[str, list[tuple[str, int | None]]]()
        """By key, the newest first; the size is null for a marker."""
        self._made = 0

    def put(self, key: str, size: int | None = 1) -> str:
        """Write an object over what is there, or a marker; its version."""
        self._made += 1
        version = f"v{self._made}" if self.status == "Enabled" else "null"
        before = [each for each in self.versions.get(key, []) if each[0] != version]
        self.versions[key] = [(version, size), *before]
        self._settle(key)
        return version

    def _settle(self, key: str) -> None:
        """Let the newest version be what there is."""
        self.keys.pop(key, None)
        newest = next(iter(self.versions.get(key, [])), ("", None))[1]
        if newest is not None:
            self.keys[key] = newest

    @override
    def answer(self, method: str, target: str) -> tuple[int, str, dict[str, str]]:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        asked = next((each for each in ("versioning", "versions", "versionId") if each in query), method)
        if self.failure or (asked == method and method not in self.refusals):
            return super().answer(method, target)
        self.calls.append(f"{method} {target}")
        if asked in self.refusals:
            status, code = self.refusals[asked]
            return status, error(code), {}
        if asked == "versioning":
            status_of = f"<Status>{self.status}</Status>" if self.status else ""
            return 200, f"{HEAD}<VersioningConfiguration>{status_of}</VersioningConfiguration>", {}
        if asked == "versions":
            return 200, self._listed_versions(query.get("prefix", "")), {}
        return self._deleted_version(self.key_of(target), query["versionId"])

    def _deleted_version(self, key: str, version: str) -> tuple[int, str, dict[str, str]]:
        if version in self.locked:
            return 403, error("AccessDenied"), {}
        kept = [each for each in self.versions.get(key, []) if each[0] != version]
        self.versions[key] = kept
        if not kept:
            del self.versions[key]
        self._settle(key)
        return 204, "", {}

    @override
    def _deleted(self, key: str) -> tuple[int, str, dict[str, str]]:
        if key in self.kept:
            return 403, error("AccessDenied"), {}
        if self.status:
            self.put(key, None)
        else:
            self.versions.pop(key, None)
            self._settle(key)
        return 204, "", {}

    def _listed_versions(self, prefix: str) -> str:
        found = list[str]()
        for key in sorted(each for each in self.versions if each.startswith(prefix)):
            for number, (version, size) in enumerate(self.versions[key]):
                latest = f"<IsLatest>{str(number == 0).lower()}</IsLatest>"
                what = f"<Key>{escape(key)}</Key><VersionId>{version}</VersionId>{latest}{AT}"
                if size is None:
                    found.append(f"<DeleteMarker>{what}</DeleteMarker>")
                else:
                    found.append(f"<Version>{what}<ETag>&quot;0&quot;</ETag><Size>{size}</Size></Version>")
        listed = f"<Name>backup</Name><IsTruncated>false</IsTruncated>{''.join(found)}"
        return f"{HEAD}<ListVersionsResult>{listed}</ListVersionsResult>"
