"""What the proofs are worth: every planted bug is found, by the one line that is named with it, or by the machine.

The short form plants a third of them. With COUNTERSIGN_STEPS the machine looks for each of them too, and must find all
but those of what it does not play.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forms import in_turn
from tests.gates.callers import NOBODY_HAS_IT, Callers
from tests.gates.expected import TABLE
from tests.gates.planted import PLANTED
from tests.gates.samples import SAMPLES
from tests.gates.stage import Stage
from tests.gates.test_machine import play
from tests.gates.test_matrix import PATIENT, Matrix
from tests.gates.test_states import Case, hold_waiting
from tests.gates.world import ControlledServer, World

IN_TURN = {name: bug for name, bug in PLANTED.items() if in_turn(name, of=3)}
BY_A_STATE = [name for name, bug in IN_TURN.items() if bug.state]
BY_THE_MATRIX = [name for name, bug in IN_TURN.items() if bug.matrix]
BY_THE_MACHINE = [name for name, bug in IN_TURN.items() if not bug.state and not bug.matrix]
NOT_PLAYED = {  # it has neither API keys nor accounts without two-factor authentication
    "a key does what its owner may",
    "two-factor authentication is not needed",
    "a password alone becomes a phone",
}
MOVES = 1500  # within which the machine has found what it finds


@pytest.mark.parametrize("name", PLANTED)
def test_there_is_where_to_plant_it(name: str) -> None:
    for edit in PLANTED[name].edits:
        assert edit.file.read_text(encoding="utf-8").count(edit.old) == 1, edit


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ControlledServer]:
    server = ControlledServer(tmp_path / "data", planted=request.param, settings=PATIENT)
    yield server
    server.end()


@pytest.mark.parametrize(("server", "name"), [(name, name) for name in BY_A_STATE], indirect=["server"])
def test_a_line_of_the_states_finds_it(server: ControlledServer, name: str) -> None:
    state = PLANTED[name].state
    assert state
    case = Case(SAMPLES[state[0]](World(server)))
    with pytest.raises(AssertionError):
        hold_waiting(case, state[1])


@pytest.mark.parametrize(("server", "name"), [(name, name) for name in BY_THE_MATRIX], indirect=["server"])
def test_a_line_of_the_matrix_finds_it(server: ControlledServer, name: str) -> None:
    line = PLANTED[name].matrix
    assert line
    matrix = Matrix(server, protected=line[1] != NOBODY_HAS_IT)
    matrix.callers[line[1]] = Callers(matrix.world, line[1], [TABLE[line[0]].permission])
    with pytest.raises(AssertionError):
        matrix.hold(*line)
    matrix.end()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name", sorted(set(PLANTED) - NOT_PLAYED) if "COUNTERSIGN_STEPS" in os.environ else BY_THE_MACHINE
)
def test_the_machine_finds_it(tmp_path: Path, name: str) -> None:
    stage = Stage(tmp_path, planted=name)
    with pytest.raises(AssertionError):
        play(stage, MOVES)
