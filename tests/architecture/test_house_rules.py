import ast
import re

import pytest

from tests.architecture.tree import ROOT, dotted, files, functions, modules

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
LONG_MODULES = {
    "formats/xml.py": "the one module that may import lxml",
    "gateway/persistence/tables.py": "the whole schema on one page",
}

MONEY = ("formats/", "reconciliation/", "gateway/domain/", "gateway/steps/", "gateway/persistence/", "gateway/api/b")
"""Where amounts live. Elsewhere a float may count seconds, in the modules named next and nowhere else."""
SECONDS = {
    "banks/circuit.py", "banks/connectors/folder.py", "banks/connectors/https.py",
    "banks/connectors/https_line.py", "banks/connectors/sftp.py",
    "banks/connectors/sftp_client.py", "banks/connectors/sftp_inbox.py", "banks/errors.py", "banks/polling.py",
    "banks/pool.py",
    "banks/registry.py", "banks/retrying.py", "banks/security/oauth.py", "banks/simulator/bank.py",
    "banks/simulator/callbacks.py", "banks/simulator/clock.py", "banks/simulator/tokens.py", "gateway/api/events.py",
    "gateway/api/spool.py",
    "gateway/cli/simulate.py", "gateway/console/pages/live.py", "gateway/events/delivery.py", "gateway/logs.py",
    "gateway/scheduling/alarm.py", "gateway/scheduling/breaker.py", "gateway/scheduling/jobs.py",
    "gateway/scheduling/queue.py", "gateway/scheduling/timers.py", "gateway/worker.py",
}  # fmt: skip

CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.monotonic",
    "time.perf_counter",
}  # fmt: skip
MAY_READ_A_CLOCK = {
    "gateway/clock.py": "business and machine time are defined here",
    "gateway/wiring.py": "the moment a hub is opened",
    "gateway/scheduling/alarm.py": "the age of the queue's own rows, in machine time",
    "gateway/cli/": "a command's today, where nobody gives one",
    "gateway/demo/": "waits for what it shows",
    "banks/connectors/": "the default of a clock that tests pass in: token ages and time limits of a line",
    "banks/simulator/": "a simulated bank has its own clock and tokens",
}
MAY_DRAW = {
    "gateway/wiring.py": "ids and secrets are made here",
    "gateway/worker.py": "spreads retries",
    "gateway/cli/": "a reference for a trial",
    "gateway/demo/": "throw-away secrets",
    "banks/connectors/https.py": "the default of an id that tests pass in",
    "banks/simulator/": "its own tokens",
}
MAY_READ_THE_ENVIRONMENT = {
    "gateway/cli/": "start-up",
    "gateway/wiring.py": "start-up",
    "gateway/settings.py": "start-up",
    "gateway/demo/": "start-up",
    "banks/secrets.py": "env:NAME",
}


def uses(wanted):
    """Every place in the packages that says a wanted dotted name."""
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and wanted(dotted(node)):
                yield name, f"{name}:{node.lineno}: {dotted(node)}"


def outside(allowed, found):
    """Found places that no entry of ``allowed`` covers."""
    return [place for name, place in found if not name.startswith(tuple(allowed))]


def floats():
    for name, tree in modules().items():
        for node in ast.walk(tree):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            named = isinstance(node, ast.Name | ast.Attribute) and dotted(node).rpartition(".")[2] in {"float", "Float"}
            if literal or named:
                yield name, f"{name}:{node.lineno}"


def test_no_float_stands_anywhere_near_money():
    assert [place for name, place in floats() if name.startswith(MONEY)] == []


def test_elsewhere_floats_count_seconds_in_modules_that_are_named():
    found = [(name, place) for name, place in floats() if not name.startswith("gateway/demo/")]
    assert outside(SECONDS, found) == []


def test_only_named_modules_read_a_clock():
    assert outside(MAY_READ_A_CLOCK, uses(CLOCKS.__contains__)) == []


def test_only_named_modules_draw_at_random():
    drawn = re.compile(r"(random|randomness|secrets\.token_\w+|secrets\.randbits|os\.urandom|uuid\.uuid[14])(\.|$)")
    assert outside(MAY_DRAW, uses(lambda name: drawn.match(name) is not None)) == []


def test_only_named_modules_read_the_environment():
    assert outside(MAY_READ_THE_ENVIRONMENT, uses({"os.environ", "os.getenv"}.__contains__)) == []


def test_a_module_can_be_read_in_one_sitting():
    lines = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in modules()}
    assert {name for name, count in lines.items() if count > MODULE_LINES_MAX} <= LONG_MODULES.keys()


def test_a_function_fits_on_a_screen():
    long = [
        f"{name}: {node.name}"
        for name, tree in modules().items()
        for node in functions(tree)
        if node.end_lineno - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert long == []


def test_public_things_say_what_they_are():
    silent = [
        f"{name}:{node.lineno}: {node.name}"
        for name, tree in modules().items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and ast.get_docstring(node) is None
    ]
    assert silent == []


def test_no_test_is_skipped_without_a_reason():
    silent = []
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and dotted(node) in {"pytest.mark.skip", "pytest.mark.xfail"}:
                silent.append(f"{path}:{node.lineno}")
            if isinstance(node, ast.Call) and dotted(node.func) == "pytest.mark.skipif":
                silent += [] if any(word.arg == "reason" for word in node.keywords) else [f"{path}:{node.lineno}"]
            if isinstance(node, ast.Call) and dotted(node.func) == "pytest.skip":
                silent += [] if node.args or node.keywords else [f"{path}:{node.lineno}"]
    assert silent == []


@pytest.mark.parametrize("word", ["no" + "qa", "type: " + "ignore"])
def test_a_checker_is_silenced_by_name(word):
    blanket = re.compile(rf"#\s*{word}(?![:\[])")
    assert [name for name, text in files() if name.endswith(".py") and blanket.search(text)] == []


def test_locks_name_versions_and_hashes_and_no_place():
    for path in ROOT.glob("requirements*.lock"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path.name
        assert " @ " not in text, path.name
        for block in re.split(r"\n(?=\w)", text):
            if "==" in block.splitlines()[0]:
                assert "--hash=sha256:" in block, block


def test_nothing_in_the_tree_depends_on_one_machine():
    homes = re.compile("/(?:work/main|work/shared|root|home/[a-z]+|Users/[a-z]+)/|/tmp/" + r"v\d")
    hosts = re.compile("|".join(("pypi" + r"\.org", "python" + r"hosted\.org", "index" + "-url")))
    found = [name for name, text in files() if homes.search(text) or hosts.search(text)]
    assert [name for name in found if name != "tests/architecture/test_house_rules.py"] == []


def test_nothing_is_left_for_later():
    later = re.compile(r"#.*\b(TO" + "DO|FIX" + r"ME)\b")
    assert [name for name, text in files() if name.endswith(".py") and later.search(text)] == []
