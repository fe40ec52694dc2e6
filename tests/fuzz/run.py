"""Fuzzes readers one after another, each for a while: ``python tests/fuzz/run.py --seconds 600 [pain002 …]``.

Fails on any exception other than the library's own, and on an input that takes longer than ``HANG_SECONDS``; the input
is then printed and kept beside the seeds' copy, in a folder the last line names.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.readers import READERS, seeds

HANG_SECONDS = 10
MEMORY_MB_MAX = 1024
INPUT_BYTES_MAX = 16 * 1024


def fuzz(reader: str, seconds: int) -> int:
    """The exit code of the campaign: 0 where nothing was found."""
    folder = Path(tempfile.mkdtemp(prefix=f"payhub-fuzz-{reader}-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, path in enumerate(seeds(reader)):
        shutil.copy(path, corpus / f"{number:03d}-{path.name}")
    command = [
        sys.executable, str(Path(__file__).with_name("harness.py")), reader,
        f"-max_total_time={seconds}", f"-timeout={HANG_SECONDS}", f"-rss_limit_mb={MEMORY_MB_MAX}",
        f"-max_len={INPUT_BYTES_MAX}", f"-artifact_prefix={folder}/",
        "-print_final_stats=1", "-verbosity=0", str(corpus),
    ]  # fmt: skip
    ran = subprocess.run(command, check=False, timeout=seconds + 120)
    found = [path for path in folder.iterdir() if path.is_file()]
    for path in found:
        print(f"{path.name}: {path.read_bytes()[:400]!r}")
    if found or ran.returncode:
        print(f"fuzz {reader}: failed with {ran.returncode}, see {folder}")
        return 1
    shutil.rmtree(folder)
    print(f"fuzz {reader}: nothing found in {seconds} s")
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"some of: {', '.join(sorted(READERS))}")
    asked = parser.parse_args()
    unknown = sorted(set(asked.readers) - set(READERS))
    if unknown:
        parser.error(f"there is no reader {', '.join(unknown)}; there are: {', '.join(sorted(READERS))}")
    sys.exit(max(fuzz(reader, asked.seconds) for reader in asked.readers or sorted(READERS)))


if __name__ == "__main__":
    main()
