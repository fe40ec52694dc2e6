"""The examples of docs/library.md run as they stand there."""

import re
from pathlib import Path

from formats import pain001
from tests.formats.test_check import GOOD

ROOT = Path(__file__).parents[2]
STATEMENT = next((ROOT / "tests" / "golden" / "camt").rglob("camt.053.001.08*.xml"))
LIST = (
    "batch_id;execution_date;debtor_name;debtor_account;end_to_end_id;amount;currency;creditor_name;creditor_account\n"
    "B1;2026-11-25;Muster;DE89370400440532013000;E-1;12.50;EUR;Lieferant;NL91ABNA0417164300\n"
)


def test_the_examples_of_the_page_run(tmp_path, monkeypatch, capsys):
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    (tmp_path / "statement.xml").write_bytes(STATEMENT.read_bytes())
    (tmp_path / "payments.xml").write_text(GOOD.replace("Muster GmbH", "Müster GmbH"), encoding="utf-8")
    (tmp_path / "payments.csv").write_text(LIST, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    known: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for block in blocks:
        exec(compile(block, "docs/library.md", "exec"), known)
    told = capsys.readouterr().out
    assert len(blocks) >= 5
    for words in ("Money(", "SCT-12", "12.50", "format.unknown"):
        assert words in told
    assert pain001.read(tmp_path / "payments.xml").batches[0].id == "B1"
