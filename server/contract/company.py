"""Companies: the customers that users belong to."""

from pydantic import Field

from server.contract.message import Answer, Call, Name, Time
from server.contract.user import Limit


class NewCompany(Call):
    """A name, unique without regard to case, and how many bytes all of its users may store."""

    name: Name
    storage_limit: Limit | None = None


class EditCompany(Call):
    """Only the members that are sent are changed."""

    name: Name | None = None
    storage_limit: Limit | None = None


class CompanyDestination(Answer):
    """A destination that the company may use."""

    id: str
    name: str
    storage_account: str
    storage_account_name: str


class Company(Answer):
    """`users` counts those that belong to it, `bytes` what they store as far as that was measured."""

    id: str
    name: str
    users: int
    created_at: Time
    storage_limit: int | None = None
    bytes: int | None = None
    destinations: list[CompanyDestination] = Field(default_factory=list)
