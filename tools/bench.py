"""Runs every benchmark and prints all figures as one JSON object, the last line: ``python tools/bench.py [name …]``.

A benchmark is ``tests/benchmarks/bench_NAME.py`` with ``figures()``; a name picks it. Each runs in a process of its
own, so that one's memory is not another's. Figures are ratios where a peer or a floor was measured beside ours.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "tests" / "benchmarks"
TIMEOUT_S = 1_800
ASK = "import importlib, json; print(json.dumps(importlib.import_module('tests.benchmarks.{}').figures()))"


def main(names: list[str]) -> int:
    """1 when a benchmark failed; the figures of the others are printed all the same."""
    merged: dict[str, float] = {}
    failed = False
    for path in sorted(BENCHMARKS.glob("bench_*.py")):
        if names and path.stem.removeprefix("bench_") not in names:
            continue
        print(f"{path.stem} …", file=sys.stderr)
        told = subprocess.run(
            (sys.executable, "-c", ASK.format(path.stem)), cwd=ROOT, stdout=subprocess.PIPE, text=True,
            timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
        if told.returncode:
            failed = True
            continue
        merged |= json.loads(told.stdout.strip().splitlines()[-1])
    print(json.dumps(merged, sort_keys=True))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
