"""Names in sentences that people sign: quoted, so that it can be seen where each one ends."""


def quoted(name: str) -> str:
    """Return a name in quotation marks; its own become straight ones, or one name could read as two."""
    return f"“{name.translate(_STRAIGHT)}”"


_STRAIGHT = str.maketrans(dict.fromkeys("“”„‟«»❝❞❠〝〞〟\uff02", '"'))
