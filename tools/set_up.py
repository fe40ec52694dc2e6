"""Makes ``.venv`` hold exactly what a lock says, and payhub itself, so that ``.venv/bin/payhub`` runs this tree.

Run by ``make``; needs nothing but Python 3.11. Uses uv where it is installed and works, and otherwise venv and pip:
both read the same locks and refuse what has another hash. A second run finds its stamp and does nothing.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BUILD_LOCK = "requirements-build.lock"
VERSION_MIN = (3, 11)
MACHINE_SETTINGS = {
    # Where packages come from and how to reach it is the machine's business. Anything else it may have set
    # (install into the home directory, another target, a constraint, a cut-off date) would change what the lock says.
    "PIP_": (
        "CACHE_DIR", "CERT", "CLIENT_CERT", "CONFIG_FILE", "DEFAULT_TIMEOUT", "EXTRA_INDEX_URL", "FIND_LINKS",
        "INDEX_URL", "KEYRING_PROVIDER", "NO_CACHE_DIR", "NO_INDEX", "PROXY", "RETRIES", "TIMEOUT", "TRUSTED_HOST",
    ),
    "UV_": (
        "CACHE_DIR", "CONFIG_FILE", "DEFAULT_INDEX", "EXTRA_INDEX_URL", "FIND_LINKS", "HTTP_RETRIES", "HTTP_TIMEOUT",
        "INDEX", "INDEX_STRATEGY", "INDEX_URL", "INSECURE_HOST", "KEYRING_PROVIDER", "LINK_MODE", "NATIVE_TLS",
        "NO_CACHE", "NO_INDEX", "OFFLINE", "SYSTEM_CERTS",
    ),
}  # fmt: skip

Environment = dict[str, str]


def main() -> int:
    """Sets up unless that was done; 1 with one plain sentence when it cannot."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lock", default="requirements-dev.lock", help="the lock to install")
    lock = arguments.parse_args().lock
    stamp = VENV / f".set-up-{Path(lock).stem}"
    wanted = fingerprint(lock)
    if stamp.is_file() and stamp.read_text() == wanted and runs(PYTHON, "-c", "import gateway"):
        return 0
    environment = clean_environment()
    try:
        install(lock, environment)
    except subprocess.CalledProcessError as err:
        print(f"Setting up failed: {' '.join(map(str, err.cmd))}", file=sys.stderr)
        return 1
    stamp.write_text(wanted)
    return 0


def fingerprint(lock: str) -> str:
    """What an installation depends on: the locks, our own metadata, the place and this script."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in (BUILD_LOCK, lock, "pyproject.toml", "tools/set_up.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def clean_environment() -> Environment:
    """The machine's environment without settings that would install something else, or somewhere else."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX")
        and all(
            not name.startswith(prefix) or name.removeprefix(prefix) in allowed or name.startswith("UV_INDEX_")
            for prefix, allowed in MACHINE_SETTINGS.items()
        )
    }
    return kept | {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def install(lock: str, environment: Environment) -> None:
    """Makes the environment and fills it: by uv, or by pip where uv is missing or cannot reach the packages."""
    if uv := shutil.which("uv"):
        try:
            fill((uv, "pip", "install", "--quiet", "--python", str(PYTHON)), lock, environment, make=make_by_uv)
        except subprocess.CalledProcessError:
            print("uv could not set up; trying again with pip.", file=sys.stderr)
        else:
            return
    fill((str(PYTHON), "-m", "pip", "install", "-qq"), lock, environment, make=make_by_venv)


def fill(
    command: tuple[str, ...], lock: str, environment: dict[str, str], *, make: Callable[[dict[str, str]], None]
) -> None:
    """Installs the locked packages by their hashes, then payhub in place."""
    make(environment)
    print(f"Installing {lock} into .venv …", file=sys.stderr)
    for arguments in (
        ("--require-hashes", "-r", BUILD_LOCK),
        ("--require-hashes", "-r", lock),
        ("--no-deps", "--no-build-isolation", "-e", "."),
    ):
        subprocess.run((*command, *arguments), cwd=ROOT, env=environment, check=True)


def make_by_uv(environment: Environment) -> None:
    """An environment by uv, kept where it is usable."""
    if not is_usable():
        subprocess.run(
            ("uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)), env=environment, check=True
        )


def make_by_venv(environment: Environment) -> None:
    """An environment by the standard library, with pip in it."""
    if not is_usable():
        subprocess.run((sys.executable, "-m", "venv", "--clear", str(VENV)), env=environment, check=True)
    if not runs(PYTHON, "-m", "pip", "--version"):
        subprocess.run((str(PYTHON), "-m", "ensurepip"), env=environment, check=True)


def is_usable() -> bool:
    """Whether ``.venv`` has a Python that starts and is new enough."""
    return runs(PYTHON, "-c", f"import sys; sys.exit(sys.version_info < {VERSION_MIN})")


def runs(*command: str | Path) -> bool:
    """Whether the command can be started and ends well."""
    try:
        return subprocess.run(command, capture_output=True, cwd=VENV, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
