"""What a server says is wrong with itself, in words."""

from collections.abc import Sequence

from desktop.core.reach import ends_of
from desktop.core.words import known, t
from server.contract.health import Health, HealthWarning
from server.contract.reach import Reach


def warnings_of(health: Health | None, reach: Reach | None) -> Sequence[tuple[str, str]]:
    """Return each code with what it means and what to do; `reach` tells of the certificate, to whom may know."""
    details = (health.details if health else None) or {}
    codes = filter(None, (details.get("trouble"), *details.get("warnings", ())))
    return [(str(code), _words(str(code), reach)) for code in codes]


def _words(code: str, reach: Reach | None) -> str:
    if code == HealthWarning.CERTIFICATE_UNREADABLE and reach is not None and reach.fault:
        return t(f"console.health.warning.{code}_file", fault=reach.fault)
    if code == HealthWarning.CERTIFICATE_ENDS_SOON and reach is not None and reach.certificate is not None:
        return t(f"console.health.warning.{code}_file", ends=ends_of(reach))
    return known(f"console.health.warning.{code}", code)
