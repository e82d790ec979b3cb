"""The machine's play: 1 000 moves, the same ones every time; COUNTERSIGN_STEPS for more, which then are new ones."""

import os
import secrets
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.gates.machine import Machine
from tests.gates.stage import Stage

STEPS = int(os.environ.get("COUNTERSIGN_STEPS", "1000"))
A_PLAY, AN_ACT = 50, 10


def play(stage: Stage, steps: int, *, first: int = 0, shrink: bool = False) -> None:
    """Play that many moves, in acts of ten plays; raises where something does not hold. `first` numbers the acts.

    With `shrink` what does not hold is told as short as can be, which may take as long as everything before it.

    Hypothesis begins to vary what it has tried already after ten plays: better new ones.
    """
    for act in range(first, first + max(1, steps // (A_PLAY * AN_ACT))):
        machine = seed(act)(type(f"Play{act}", (Machine,), {"stage": stage, "salt": str(act)}))
        chosen = settings(
            max_examples=AN_ACT,
            stateful_step_count=A_PLAY,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(machine, settings=chosen)


@pytest.mark.timeout(600 + STEPS // 5)
def test_whatever_is_played_happens_what_the_phones_approved(tmp_path: Path) -> None:
    long = "COUNTERSIGN_STEPS" in os.environ
    play(Stage(tmp_path), STEPS, first=secrets.randbelow(10**9) if long else 0, shrink=long)
