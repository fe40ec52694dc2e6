"""One reader under libFuzzer: ``python harness.py READER [libFuzzer options] FOLDER``. Started by run.py."""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["formats"]):
    from tests.fuzz.readers import attempt


def main() -> None:
    reader = sys.argv.pop(1)
    atheris.Setup(sys.argv, lambda data: attempt(reader, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
