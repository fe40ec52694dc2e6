"""Promise P11: whatever somebody sends, the refusal is clear, quick and small. Each case is read in its own process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from formats import registry
from formats.errors import FormatError
from tests.formats.hostile import CASES, REPORT

SECONDS_MAX = 1.0
PEAK_MB_MAX = 100


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_source_is_refused_within_a_second_and_a_hundred_megabytes(case):
    script = Path(__file__).with_name("hostile.py")
    ran = subprocess.run([sys.executable, script, case], capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["error"] in ("Unreadable", "NotSupported", "TooLarge")
    assert found["seconds"] < SECONDS_MAX
    assert found["peak_mb"] < PEAK_MB_MAX


@pytest.mark.parametrize("tail", [b"</CstmrPmtStsRpt></Document><x/>", b"</CstmrPmtStsRpt></Document>garbage", b"<"])
def test_what_stands_behind_a_document_is_not_ignored(tail):
    body = b"<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>N</OrgnlMsgNmId></OrgnlGrpInfAndSts>"
    with pytest.raises(FormatError):
        registry.read(REPORT + body + tail)


@pytest.mark.parametrize("tail", [b"", b"</CstmrPmtStsRpt>", b"</CstmrPmtStsRpt></Document><x/>"])
def test_faults_of_the_schema_hide_neither_a_cut_nor_what_follows_in_a_large_document(tail):
    payment = b"<TxInfAndSts><OrgnlEndToEndId>E</OrgnlEndToEndId><TxSts>RJCT</TxSts></TxInfAndSts>"
    head = b"<OrgnlGrpInfAndSts><Wrong/></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>B</OrgnlPmtInfId>"
    whole = REPORT + head + payment * 20_000 + b"</OrgnlPmtInfAndSts>"
    assert registry.read(whole + b"</CstmrPmtStsRpt></Document>").message == "pain.002.001.10"

    with pytest.raises(FormatError):
        registry.read(whole + tail)
