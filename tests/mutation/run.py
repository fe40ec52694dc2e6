"""Puts every mutant of rules and values through the tests: ``python -m tests.mutation.run [module …]``.

The tests are collected once and run in this process. Each is first run alone to see which functions it enters; a mutant
then meets only the tests that enter its function, until one fails. Property tests are left out: what only a random
example finds is not held by anything. The last line is one JSON object; the exit code is 1 where an unknown mutant
lives. ``survivors.txt`` holds the ones a person has looked at and found to change nothing, with the reason.
"""

import contextlib
import importlib
import inspect
import io
import json
import signal
import sys
import types
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
TESTS = (
    "tests/formats/rules", "tests/formats/test_values.py", "tests/formats/test_addresses.py",
    "tests/formats/test_check.py", "tests/formats/test_fix.py",
)  # fmt: skip
EQUIVALENT = Path(__file__).with_name("survivors.txt")
HANG_SECONDS = 20
"""How long the tests of one mutant may take; one that takes longer counts as found."""


class Hang(BaseException):
    """A mutant that does not come back; no test may catch this."""


class Campaign:
    """A pytest plugin that runs mutants in place of the tests it collected."""

    def __init__(self, modules: list[str]) -> None:
        self.modules = modules
        self.lived: list[str] = []
        self.killed = self.unreached = 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        tests = list(_plain(session))
        entered: dict[types.CodeType, list[Callable[[], Any]]] = defaultdict(list)
        for test in tests:
            for code in _entered_by(test):
                entered[code].append(test)
        for module in self.modules:
            for name, function, found in _of_module(module):
                met = entered[function.__code__]
                self._try(f"{module.rpartition('.')[2]}.{name}", function, found, met)
        return True

    def _try(self, name: str, function: types.FunctionType, found: Mutant, tests: list[Callable[[], Any]]) -> None:
        told = f"{name}: {found.before}  ->  {found.after}".replace("\n", " ")
        if not tests:
            self.unreached += 1
            self.lived.append(f"{told}  (no test enters it)")
            return
        whole, function.__code__ = function.__code__, found.code
        try:
            if any(_fails(test) for test in tests):
                self.killed += 1
            else:
                self.lived.append(told)
        finally:
            function.__code__ = whole


def _plain(session: pytest.Session) -> Iterator[Callable[[], Any]]:
    """The collected tests that need nothing but their parameters."""
    for item in session.items:
        if not isinstance(item, pytest.Function) or hasattr(item.obj, "hypothesis"):
            continue
        given = item.callspec.params if hasattr(item, "callspec") else {}
        if set(inspect.signature(item.obj).parameters) <= set(given):
            yield lambda obj=item.obj, given=given: obj(**given)


def _entered_by(test: Callable[[], Any]) -> set[types.CodeType]:
    entered: set[types.CodeType] = set()
    sys.setprofile(lambda frame, event, _: entered.add(frame.f_code) if event == "call" else None)
    try:
        test()
    finally:
        sys.setprofile(None)
    return {code for code in entered if f"{ROOT}/formats" in code.co_filename}


def _of_module(name: str) -> Iterator[tuple[str, types.FunctionType, Mutant]]:
    module = importlib.import_module(name)
    for found in mutants(Path(str(module.__file__))):
        thing: Any = module
        for part in found.name.split("."):
            thing = inspect.getattr_static(thing, part)
        thing = getattr(thing, "fget", None) or inspect.unwrap(getattr(thing, "__func__", thing))
        if isinstance(thing, types.FunctionType) and not thing.__closure__:
            yield found.name, thing, found


def _fails(test: Callable[[], Any]) -> bool:
    signal.alarm(HANG_SECONDS)
    with contextlib.redirect_stdout(io.StringIO()):
        ran = pytest.CallInfo.from_call(test, "call")
    signal.alarm(0)
    return ran.excinfo is not None


def _hung(*_: object) -> None:
    raise Hang


def main(modules: list[str]) -> int:
    """Prints the mutants that live and nobody has explained."""
    rules = sorted(f"formats.rules.{path.stem}" for path in (ROOT / "formats" / "rules").glob("[a-z]*.py"))
    campaign = Campaign(modules or ["formats.values", *rules])
    signal.signal(signal.SIGALRM, _hung)
    ran = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist",
                       *(str(ROOT / one) for one in TESTS)], plugins=[campaign])  # fmt: skip
    known = {line.partition("  # ")[0] for line in EQUIVALENT.read_text(encoding="utf-8").splitlines()}
    unknown = [one for one in campaign.lived if one not in known]
    print(*unknown, sep="\n")
    figures = {
        "mutants": campaign.killed + len(campaign.lived),
        "killed": campaign.killed,
        "explained": len(campaign.lived) - len(unknown),
        "unexplained": len(unknown),
        "not_reached": campaign.unreached,
    }
    print(json.dumps(figures))
    return 1 if unknown or ran else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
