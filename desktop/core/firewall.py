"""The rule that lets phones through the firewall of the server's computer, for each system's own."""

import shlex
import sys
from collections.abc import Sequence

SYSTEMS = ("windows", "macos", "ufw")


def this_system() -> str:
    """Return the system of this computer."""
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "ufw")


def rule(system: str, ports: Sequence[int], program: str) -> str:
    """Return the command; `program` is what listens, which is what macOS asks for instead of ports.

    Where it lies on another computer is not known: without it the shell there finds it.
    """
    listed = ",".join(str(port) for port in ports)
    if system == "windows":
        return (
            'New-NetFirewallRule -DisplayName "Countersign" -Direction Inbound'
            f" -Action Allow -Protocol TCP -LocalPort {listed} -Profile Private,Domain"
        )
    if system == "macos":
        tool = "/usr/libexec/ApplicationFirewall/socketfilterfw"
        path = shlex.quote(program) if program else '"$(command -v countersign-server)"'
        return f"sudo {tool} --add {path} && sudo {tool} --unblockapp {path}"
    return f"sudo ufw allow proto tcp to any port {listed} comment Countersign"
