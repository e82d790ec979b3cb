"""Windows: a scheduled task that begins when its user logs on. Written after Microsoft's documentation, never run."""

import os
import subprocess
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from typing_extensions import override

from desktop.core.words import t
from desktop.service.service import Refused, Service, ask

TASK = "Countersign server"
NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "AllowHardTerminate": "true",
    "StartWhenAvailable": "true",
    "ExecutionTimeLimit": "PT0S",
    "Enabled": "true",
}


class ScheduledTask(Service):
    """Ends when the user logs off. Its definition lies in the data folder: the scheduler rewrites its own copy."""

    @property
    @override
    def file(self) -> Path:
        return self.work.folder / "service.xml"

    @override
    def definition(self) -> bytes:
        user = "\\".join(filter(None, (os.environ.get("USERDOMAIN"), os.environ.get("USERNAME"))))
        task = Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
        SubElement(SubElement(task, "RegistrationInfo"), "Description").text = self.work.name
        trigger = SubElement(SubElement(task, "Triggers"), "LogonTrigger")
        SubElement(trigger, "UserId").text = user
        principal = SubElement(SubElement(task, "Principals"), "Principal", {"id": "Author"})
        SubElement(principal, "UserId").text = user
        SubElement(principal, "LogonType").text = "InteractiveToken"
        SubElement(principal, "RunLevel").text = "LeastPrivilege"
        settings = SubElement(task, "Settings")
        for name, value in SETTINGS.items():
            SubElement(settings, name).text = value
        restart = SubElement(settings, "RestartOnFailure")
        SubElement(restart, "Interval").text = "PT1M"
        SubElement(restart, "Count").text = "999"
        action = SubElement(SubElement(task, "Actions", {"Context": "Author"}), "Exec")
        # the server is a console program: without this host its black window would stand on the desktop
        SubElement(action, "Command").text = r"%SystemRoot%\System32\conhost.exe"
        SubElement(action, "Arguments").text = subprocess.list2cmdline(("--headless", *self.work.command))
        SubElement(action, "WorkingDirectory").text = str(self.work.directory)
        return bytes(tostring(task, encoding="utf-16", xml_declaration=True))

    @override
    def fault(self) -> str:
        return t("console.service.no_settings") if self.work.settings else ""  # a task has no environment of its own

    @override
    def running(self) -> bool:
        try:
            ask("schtasks", "/query", "/tn", TASK)
        except Refused:
            return False
        return True

    @override
    def start(self) -> None:
        ask("schtasks", "/run", "/tn", TASK)

    @override
    def _is_ours(self, definition: bytes) -> bool:
        return bool(definition)

    @override
    def _load(self) -> None:
        if self.running():
            ask("schtasks", "/end", "/tn", TASK)
        ask("schtasks", "/create", "/tn", TASK, "/xml", str(self.file), "/f")
        self.start()

    @override
    def _unload(self) -> None:
        ask("schtasks", "/end", "/tn", TASK)
        ask("schtasks", "/delete", "/tn", TASK, "/f")
