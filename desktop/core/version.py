"""Which version this program is."""


def version() -> str:
    """Return it; reading it takes a while, so nothing asks before the first screen is painted."""
    from importlib import metadata  # noqa: PLC0415 - slow to load

    try:
        return metadata.version("countersign")
    except metadata.PackageNotFoundError:
        return "0"
