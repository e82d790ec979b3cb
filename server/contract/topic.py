"""Live events: these topics changed, number N; the data is read again, never sent along."""

from enum import StrEnum

from server.contract.message import Answer


class Topic(StrEnum):
    """What a console can watch; `*` means everything, sent when a gap cannot be filled."""

    ALL = "*"
    REQUESTS = "requests"
    ENROLMENTS = "enrolments"
    TWO_FACTOR = "two_factor"
    USERS = "users"
    COMPANIES = "companies"
    ADMINISTRATORS = "administrators"
    API_KEYS = "api_keys"
    POLICY = "policy"
    SESSIONS = "sessions"
    AUDIT = "audit"
    NOTICES = "notices"
    STORAGE = "storage"


class LiveEvent(Answer):
    """`subject` is the id of what changed, null where the reader may not read it."""

    topics: list[Topic]
    subject: str | None = None
