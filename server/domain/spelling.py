"""The spelling that stands for all that a person takes for one name."""

import unicodedata


def one_spelling(name: str) -> str:
    """Return it: of one case, one width and one form of each letter; the same for names that case alone tells apart."""
    return unicodedata.normalize("NFKC", name.casefold()).casefold().strip()
