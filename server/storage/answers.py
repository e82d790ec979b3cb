"""Answers of services: what they mean to a person. Their own words, which may hold secrets, go no further than here."""

import re

from server.contract.storage import TestResult

_WORDS = {
    TestResult.CLOCK_SKEW: (
        "RequestTimeTooSkewed|RequestExpired|Request date header too|request timestamp|"
        "difference between the request time"
    ),
    TestResult.WRONG_SCHEME: "server gave HTTP response to HTTPS client|api error BadRequest: Bad Request",
    TestResult.NO_SERVICE: (
        f"Misdirected ?Request|StatusCode: 421|: {TestResult.NO_SERVICE.value}$|"
        "malformed HTTP (response|status code)|"  # as where SSH is spoken
        "api error InvalidQueryParameterValue|ERROR CODE: UnsupportedAlgorithm"  # Azure to S3's form, S3 to Azure's
    ),
    TestResult.CERTIFICATE: "x509:|certificate signed by|failed to verify certificate|tls: .*certificate",
    TestResult.HOST_KEY: "knownhosts:|host key mismatch|host key.*(pinned|mismatch|changed|refus)",
    TestResult.WRONG_KEY: (
        "SignatureDoesNotMatch|InvalidAccessKeyId|InvalidClientTokenId|AuthenticationFailed|InvalidSecurity|"
        "UnrecognizedClient|AuthFailure|unable to authenticate|no supported methods remain|Malformed Access Key|"
        "InvalidToken|ExpiredToken|failed to authenticate the request|api error Unauthorized|StatusCode: 401|"
        "unexpected message type 51"  # SSH: it takes no password that is asked for in this way
    ),
    TestResult.NO_LIST_PERMISSION: (
        "AccessDenied|Access Denied|AllAccessDisabled|AuthorizationPermissionMismatch|AuthorizationFailure|"
        "InsufficientAccountPermissions|BlobImmutableDueToPolicy|permission denied|Forbidden|"
        "StatusCode: 403|RESPONSE 403"
    ),
    TestResult.NO_SUCH_PLACE: (
        "NoSuchBucket|NoSuchKey|ResourceNotFound|ContainerNotFound|ContainerBeingDeleted|directory not found|"
        "no such file|file does not exist|is a file not a directory|not a directory|StatusCode: 404|RESPONSE 404"
    ),
    TestResult.INVALID: (
        "InvalidBucketName|InvalidResourceName|OutOfRangeInput|BucketAlreadyExists|AuthorizationHeaderMalformed|PermanentRedirect|"
        "IllegalLocationConstraint|InvalidLocationConstraint|MovedPermanently|StatusCode: 301"
    ),
    TestResult.UNKNOWN_HOST: "no such host",
    TestResult.REFUSED: "connection refused",
    TestResult.UNREACHABLE: "i/o timeout|deadline exceeded|no route to host|network is unreachable",
}
"""The first that fits counts: what is more exact comes first."""


class StorageError(Exception):
    """Why a service could not do it, in one of our own words."""

    def __init__(self, result: TestResult) -> None:
        """Keep the result, and nothing of what the service said."""
        super().__init__(result.value)
        self.result = result


class NotOffered(StorageError):
    """The service knows no such call at all."""


_NOT_OFFERED = "NotImplemented|StatusCode: 501"


def refusal(said: str) -> StorageError:
    """Return what to raise for the engine's words about a failure."""
    return (NotOffered if re.search(_NOT_OFFERED, said) else StorageError)(meaning(said))


def meaning(said: str) -> TestResult:
    """Return what the engine's words about a failure mean."""
    fitting = (result for result, words in _WORDS.items() if re.search(words, said, re.IGNORECASE))
    return next(fitting, TestResult.FAILED)
