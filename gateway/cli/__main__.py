"""``python -m gateway.cli``: the same as ``payhub``."""

from gateway.cli import main

main()
