"""What the console remembers between two runs, in one INI file; never a secret."""

from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

from platformdirs import user_config_path, user_data_path
from PySide6.QtCore import QByteArray, QSettings

Value = TypeVar("Value", bound=str)


class ThemeChoice(StrEnum):
    """Which colours to show."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Setting(Generic[Value]):
    """One remembered text."""

    def __init__(self, key: str, default: Value) -> None:
        self.key = key
        self.default = default
        self.type = type(default)


class Settings:
    """Reads and writes the file."""

    theme = Setting("appearance/theme", ThemeChoice.SYSTEM)
    text_size = Setting("appearance/text_size", "100")
    folder = Setting("server/folder", "")
    url = Setting("server/url", "")
    username = Setting("sign_in/username", "")

    def __init__(self, file: Path | None = None) -> None:
        file = file or user_config_path("Countersign", appauthor=False) / "console.ini"
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = QSettings(str(file), QSettings.Format.IniFormat)

    def get(self, setting: Setting[Value]) -> Value:
        """Return what is remembered, or else the default."""
        text = str(self._file.value(setting.key, setting.default))
        try:
            return setting.type(text)
        except ValueError:
            return setting.default

    def set(self, setting: Setting[Value], value: Value) -> None:
        """Remember."""
        self._file.setValue(setting.key, str(value))

    @property
    def file(self) -> str:
        """Where the file lies."""
        return self._file.fileName()

    @property
    def authorities(self) -> Path:
        """Where the certificates lie that servers' own authorities have."""
        return Path(self.file).with_name("authorities.json")

    @property
    def geometry(self) -> QByteArray:
        """Where the window was."""
        value = self._file.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._file.setValue("window/geometry", value)


def default_folder() -> Path:
    """Where the bundled server keeps its data, unless another folder was chosen."""
    return user_data_path("Countersign", appauthor=False)
