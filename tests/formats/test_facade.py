"""``from formats import read, check, build``: the three verbs, light to import, typed, and never hidden by a module."""

import ast
import importlib
import io
import pkgutil
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import formats
from formats import FormatError, Initiation, build, check, pain001, read
from formats.building import SourceRefused
from formats.errors import NotSupported, Unbuildable
from formats.values import Money
from tests.formats.pain001.messages import block, message, transfer

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LIST = b"""\
batch_id;execution_date;debtor_name;debtor_account;end_to_end_id;amount;currency;creditor_name;creditor_account
B1;2026-11-25;Muster;DE89370400440532013000;E-1;12.50;EUR;M\xc3\xbcller;NL91ABNA0417164300
B1;2026-11-25;Muster;DE89370400440532013000;E-2;7.50;EUR;Lieferant;NL91ABNA0417164300
"""


def python(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def test_importing_the_package_imports_nothing_of_it():
    assert python("import sys, formats; print([m for m in sys.modules if m.startswith(('formats.', 'lxml'))])") == "[]"


def test_the_verbs_stay_functions_whatever_is_imported_around_them():
    modules = [f"formats.{one.name}" for one in pkgutil.iter_modules(formats.__path__)]
    lines = [f"import {', '.join(modules)}", "from formats import read, check, build", "print(read, check, build)"]
    for code in ("\n".join(lines), "\n".join([lines[1], lines[0], *lines[1:]])):
        assert python(code).count("<function") == 3


def test_what_is_promised_to_a_type_checker_is_what_is_imported():
    tree = ast.parse(Path(formats.__file__).read_text(encoding="utf-8"))
    promised = {
        alias.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    promised.pop("TYPE_CHECKING")
    assert promised == formats._PLACES
    assert sorted(promised) == sorted(formats.__all__)
    assert set(formats.__all__) <= set(dir(formats))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="wirte"):
        formats.wirte  # noqa: B018 - asking is the act


@pytest.mark.parametrize("package", ["formats", "banks", "reconciliation", "gateway"])
def test_every_package_says_that_it_is_typed(package):
    assert (Path(importlib.import_module(package).__file__).parent / "py.typed").is_file()


def test_a_list_is_built_checked_and_read(tmp_path):
    out = tmp_path / "out.xml"
    built = build(LIST, to="pain.001.001.09", out=out, at=AT, charset="german")
    assert (built.written.count, built.written.control_sum, built.findings) == (2, Decimal("20.00"), ())
    assert {finding.rule for finding in check(out, profile="sepa-sct", as_of=date(2026, 11, 20))} == {"SCT-03"}
    sent = read(out)
    assert isinstance(sent, Initiation)
    assert (sent.message_id, sent.batches[0].payments[0].creditor.name) == ("MSG-20261120-093000", "Mueller")
    assert [path.name for path in tmp_path.iterdir()] == ["out.xml"]


def test_a_stream_takes_the_message_too_and_bytes_equal_the_file(tmp_path):
    out, stream = tmp_path / "out.xml", io.BytesIO()
    build(LIST, to="pain.001.001.09", out=out, at=AT)
    built = build(io.BytesIO(LIST), to="pain.001.001.09", out=stream, at=AT)
    assert stream.getvalue() == out.read_bytes()
    assert built.written.bytes == len(stream.getvalue())


def test_a_message_of_your_own_is_built_too():
    own, out = message(block(transfer())), io.BytesIO()
    build(own, to="pain.001.001.09", out=out, at=AT, message_id="OTHER")
    assert read(out.getvalue()).batches == pain001.read(out.getvalue()).batches
    assert read(out.getvalue()).message_id == "OTHER"


def test_a_message_of_your_own_is_divided_when_asked():
    own = message(block(transfer(), transfer("E-2", Money.parse("7", "USD"))))
    with pytest.raises(Unbuildable):
        build(own, to="pain.001.001.09", out=io.BytesIO(), at=AT)
    out = io.BytesIO()
    build(own, to="pain.001.001.09", out=out, at=AT, group=True)
    assert len(read(out.getvalue()).batches) == 2


def test_mistakes_of_a_list_are_told_together_and_nothing_is_written(tmp_path):
    out = tmp_path / "out.xml"
    with pytest.raises(SourceRefused) as told:
        build(LIST.replace(b"12.50", b"x").replace(b"7.50", b"y"), to="pain.001.001.09", out=out, at=AT)
    assert [finding.line for finding in told.value.findings] == [2, 3]
    assert (told.value.line, "(and 1 more)" in told.value.message) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_while_writing_leaves_the_old_file_and_the_stream_alone(tmp_path):
    out, stream = tmp_path / "out.xml", io.BytesIO()
    out.write_bytes(b"old")
    for place in (out, stream):
        with pytest.raises(Unbuildable):
            build(LIST.replace(b"E-2", b"E" * 36), to="pain.001.001.09", out=place, at=AT)
    assert (out.read_bytes(), stream.getvalue()) == (b"old", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["out.xml"]


@pytest.mark.parametrize(("changes", "code"), [
    ({"to": "pain.001.001.99"}, "build.version"),
    ({"charset": "ebcdic"}, "build.charset"),
    ({"to": "pain.008.001.08"}, "build.family"),
])  # fmt: skip
def test_what_cannot_be_asked_for_is_said_by_its_code(changes, code):
    with pytest.raises(FormatError) as told:
        build(LIST, **{"to": "pain.001.001.09", "out": io.BytesIO(), "at": AT, **changes})
    assert told.value.code == code


def test_what_holds_no_payments_is_refused_by_name():
    with pytest.raises(NotSupported, match="MT940"):
        build(b":20:A\n:25:1/2\n:28C:1/1\n:60F:C261120EUR0,\n:62F:C261120EUR0,\n",
              to="pain.001.001.09", out=io.BytesIO(), at=AT)  # fmt: skip
