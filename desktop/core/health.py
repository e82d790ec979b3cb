"""What a server says is wrong with itself, in words."""

from collections.abc import Sequence

from desktop.core.reach import ends_of, ends_soon, fault_of_files, over_of
from desktop.core.words import known, t
from server.contract.health import Health, HealthWarning
from server.contract.reach import Reach


def warnings_of(health: Health | None, reach: Reach | None) -> Sequence[tuple[str, str]]:
    """Return each code with what it means and what to do; `reach` tells of the certificate, to whom may know."""
    details = (health.details if health else None) or {}
    codes = filter(None, (details.get("trouble"), *details.get("warnings", ())))
    return [(str(code), _words(str(code), reach)) for code in codes]


_OF_FILES = {False: HealthWarning.CERTIFICATE_UNREADABLE, True: HealthWarning.CERTIFICATE_OTHER_NAME}
"""Of what the fault of a file tells, by whether it is for another name."""


def _words(code: str, reach: Reach | None) -> str:
    if reach is not None and reach.fault and code == _OF_FILES[reach.misnamed]:
        return fault_of_files(reach)
    if code == HealthWarning.CERTIFICATE_ENDS_SOON and reach is not None and ends_soon(reach):
        return over_of(reach) or t(f"console.health.warning.{code}_file", ends=ends_of(reach))
    return known(f"console.health.warning.{code}", code)
