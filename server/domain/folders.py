"""Users' folders: what one may be called, and where two are the same, or one lies within the other."""

import unicodedata
from collections.abc import Iterator

from server.contract.problem import Problem
from server.contract.storage import names_one
from server.domain.storage import place_of

LONGEST = 1024  # bytes of a whole path at a service


def checked_folder(text: str, place: str, field: str = "folder") -> str:
    """Return a folder below `place`; raises 422 where it could mean something else, to us or to the service."""
    try:
        folder = place_of(text)
        if folder != text or not all(map(_is_plain, folder.split("/"))):
            raise _invalid(field, _WHY)
    except ValueError:
        raise _invalid(field, _WHY) from None
    if len(f"{place}/{folder}".encode()) > LONGEST:
        raise _invalid(field, "is too long together with the place of its destination")
    return folder


_WHY = "is a name such as alice or contoso/alice, without .., \\ and a slash at its ends"


def _is_plain(part: str) -> bool:
    dotted = unicodedata.normalize("NFKC", part).endswith(".")  # which Windows, and some services, take for nothing
    return names_one(part) and not dotted


def _invalid(field: str, why: str) -> Problem:
    return Problem(422, "invalid", "Something in this does not fit", f"{field}: {why}", fields={field: why})


def key_of(folder: str) -> str:
    """Return by what folders are told apart, also by services that know no case and other forms of a letter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folder).casefold())


def above(key: str) -> Iterator[str]:
    """Return the folders that one lies in."""
    parts = key.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))
