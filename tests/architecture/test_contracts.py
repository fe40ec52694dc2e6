import subprocess
import sys
from pathlib import Path

from gateway.steps import PATH
from tests.architecture.tree import ROOT


def test_the_packages_keep_their_contracts():
    told = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout


def test_each_verb_of_the_path_is_one_module_of_the_steps():
    verbs = {path.stem for path in (ROOT / "gateway/steps").glob("*.py")} - {"__init__"}
    assert verbs == set(PATH)
    assert len(PATH) == 9
