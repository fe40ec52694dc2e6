"""Whether the container's process is well: ``serve`` must answer on its port; others are well while they run."""

import sys
import urllib.request
from pathlib import Path

PORT_DEFAULT = "8000"
TIMEOUT_S = 3


def main() -> int:
    """0 when all is well."""
    command = Path("/proc/1/cmdline").read_bytes().decode().split("\0")
    if "serve" not in command:
        return 0
    port = command[command.index("--port") + 1] if "--port" in command else PORT_DEFAULT
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=TIMEOUT_S) as answer:
        return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
