"""The runner of steps: order, failure, and where the words of a step go."""

import subprocess
from pathlib import Path

LIB = Path(__file__).parents[3] / "devstack" / "lib"


def run(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a table of steps, logs in the folder."""
    prelude = f"set -euo pipefail; LOGS={folder}; source {LIB}/steps.sh; "
    return subprocess.run(
        ["/bin/bash", "-c", f"{prelude}{script}; steps_run; echo all done"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_a_step_runs_after_what_it_needs(tmp_path: Path) -> None:
    order = tmp_path / "order"
    done = run(
        tmp_path,
        f"step_a() {{ echo a >>{order}; }}; step_b() {{ echo b >>{order}; }}; step_c() {{ echo c >>{order}; }};"
        "step c Last 'a b'; step b Middle a; step a First ''",
    )
    assert done.returncode == 0
    assert order.read_text().split() == ["a", "b", "c"]
    assert done.stdout.splitlines()[-1] == "all done"


def test_what_a_step_needs_but_nobody_offers_holds_nothing_up(tmp_path: Path) -> None:
    assert run(tmp_path, "step_a() { true; }; step a First absent").returncode == 0


def test_a_command_that_fails_ends_its_step_and_what_needs_it_never_starts(tmp_path: Path) -> None:
    reached, later = tmp_path / "reached", tmp_path / "later"
    done = run(
        tmp_path,
        f"step_a() {{ echo why it failed >&2; false; touch {reached}; }}; step_b() {{ touch {later}; }};"
        "step a First ''; step b Second a",
    )
    assert done.returncode == 1
    assert "FAILED" in done.stdout and "all done" not in done.stdout
    assert "why it failed" in done.stderr and str(tmp_path / "stack" / "a.log") in done.stderr
    assert not reached.exists() and not later.exists()


def test_a_step_that_runs_beside_a_failed_one_is_waited_for(tmp_path: Path) -> None:
    finished = tmp_path / "finished"
    done = run(
        tmp_path,
        f"step_a() {{ false; }}; step_b() {{ sleep 0.5; touch {finished}; }}; step a First ''; step b Other ''",
    )
    assert done.returncode == 1
    assert finished.exists()


def test_waiting_ends_with_what_was_waited_for(tmp_path: Path) -> None:
    done = run(tmp_path, "step_a() { wait_until 1 'the moon' false; }; step a First ''")
    assert done.returncode == 1
    assert "the moon: not there after 1 seconds" in done.stderr
