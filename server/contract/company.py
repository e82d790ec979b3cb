"""Companies: the customers that users belong to."""

from server.contract.message import Answer, Call, Name, Time


class NewCompany(Call):
    """A name, unique without regard to case."""

    name: Name


class EditCompany(NewCompany):
    """A new name."""


class Company(Answer):
    """`users` counts those that belong to it."""

    id: str
    name: str
    users: int
    created_at: Time
