"""Every row of the security table is proved by a test that carries its id, or the README says why not."""

import ast
import re
from collections.abc import Iterator

from tests.living import ROOT

ROWS = {
    *(f"LG-{n}" for n in range(1, 8)),
    *(f"SE-{n}" for n in range(1, 9)),
    *(f"OB-{n}" for n in range(1, 13)),
    *(f"TA-1.{n}" for n in range(1, 6)),
    *(f"TA-2.{n}" for n in range(1, 11)),
    *(f"EX-{n}" for n in range(1, 9)),
    *(f"RO-{n}" for n in range(1, 5)),
    *(f"EN-{n}" for n in range(1, 8)),
    *(f"TO-{n}" for n in range(1, 5)),
    *(f"RC-{n}" for n in range(1, 6)),
    *(f"CR-{n}" for n in range(1, 5)),
    *(f"SF-{n}" for n in range(1, 4)),
}


def carried() -> Iterator[str]:
    """Give the ids in `@pytest.mark.row(…)` over the functions of all tests."""
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.row":
                        yield from (str(ast.literal_eval(each)) for each in mark.args)


def excused() -> set[str]:
    """Return the ids that begin a row of the table in the README's section on security."""
    _, _, after = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Security\n")
    section = after.partition("\n## ")[0]
    firsts = re.findall(r"^\| (\S[^|]*) \|", section, re.MULTILINE)
    return {each for first in firsts for each in re.findall(r"[A-Z]{2}-[0-9.]+", first)}


def test_every_row_is_proved_or_excused() -> None:
    assert ROWS - set(carried()) - excused() == set()


def test_no_other_row_is_named() -> None:
    assert (set(carried()) | excused()) - ROWS == set()
