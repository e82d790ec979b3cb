"""The rule that lets phones through the firewall of the server's computer, for each system's own."""

import shlex
import sys
from collections.abc import Sequence

SYSTEMS = ("windows", "macos", "ufw")


def here() -> str:
    """Return the system of this computer."""
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "ufw")


def rule(system: str, ports: Sequence[int], program: Sequence[str]) -> str:
    """Return the command; `program` is what listens, which is what macOS asks for instead of ports."""
    listed = ",".join(str(port) for port in ports)
    if system == "windows":
        return (
            'New-NetFirewallRule -DisplayName "Countersign" -Direction Inbound'
            f" -Action Allow -Protocol TCP -LocalPort {listed} -Profile Private,Domain"
        )
    if system == "macos":
        tool, path = "/usr/libexec/ApplicationFirewall/socketfilterfw", shlex.quote(program[0])
        return f"sudo {tool} --add {path} && sudo {tool} --unblockapp {path}"
    return f"sudo ufw allow proto tcp to any port {listed} comment Countersign"
