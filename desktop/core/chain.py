"""Whether the file of a certificate holds those of who signed it, too."""

from pathlib import Path

LARGEST = 1 << 20
"""Bytes; no file of certificates is larger."""


def lacks_chain(file: Path) -> bool:
    """Tell whether it holds one certificate alone, signed by another one; what is no certificate lacks nothing."""
    from cryptography import x509  # noqa: PLC0415 - only whoever chooses files needs it

    try:
        found = x509.load_pem_x509_certificates(file.read_bytes()) if 0 < file.stat().st_size < LARGEST else []
    except (OSError, ValueError):
        return False
    return len(found) == 1 and found[0].issuer != found[0].subject
