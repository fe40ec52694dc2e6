"""Every real status report of the corpus against the independent oracle, field by field."""

import json
from pathlib import Path

import pytest

from formats import pain002
from formats.errors import Unreadable

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real messages is not beside the project")


def entries():
    if not CORPUS.is_dir():
        return []
    lines = (CORPUS / "ORACLE.jsonl").read_text().splitlines()
    return [entry for entry in map(json.loads, lines) if entry["file"].startswith("pain.002/")]


def reasons(found):
    return [{"code": r.code, "proprietary": r.proprietary, "additional": list(r.text)} for r in found]


@pytest.mark.parametrize("oracle", entries(), ids=lambda entry: entry["file"])
def test_a_real_status_report_reads_as_the_oracle_says(oracle):
    path = CORPUS / oracle["file"]
    if not oracle["well_formed"]:
        with pytest.raises(Unreadable):
            pain002.read(path)
        return
    read = pain002.read(path)

    assert read.message == (oracle["version"].removesuffix(".xsd") if oracle["namespace"] else "pain.002")
    assert read.message_id == oracle["msg_id"]
    assert read.original_message_id == oracle["original_msg_id"]
    assert read.original_message_name == oracle["original_msg_name"]
    assert read.original_number_of_transactions == oracle["original_nb_of_txs"]
    assert read.original_control_sum == oracle["original_ctrl_sum"]
    assert read.group_status == oracle["group_status"]
    assert reasons(read.group_reasons) == oracle["group_reasons"]
    assert [list(c) for c in read.group_counts] == oracle["nb_of_txs_per_status"]
    assert len(read.payments) == oracle["n_transactions"]
    for found, known in zip(read.batches, oracle["payment_infos"], strict=True):
        assert found.payment_information_id == known["original_pmt_inf_id"]
        assert found.status == known["status"]
        assert reasons(found.reasons) == known["reasons"]
        assert found.number_of_transactions == known["original_nb_of_txs"]
        assert found.control_sum == known["original_ctrl_sum"]
    for found, known in zip(read.payments, oracle["transactions"], strict=True):
        assert found.payment_information_id == known["pmt_inf_id"]
        assert found.status_id == known["status_id"]
        assert found.instruction_id == known["original_instr_id"]
        assert found.end_to_end_id == known["original_end_to_end_id"]
        assert found.uetr == known["original_uetr"]
        assert found.own_status == known["explicit_status"]
        assert found.status == known["effective_status"]
        assert found.status_level == known["status_from"]
        assert [r.code or r.proprietary for r in found.reasons] == known["reason_codes"]
    if oracle["schema_valid"] is not None:
        assert (not any(f.rule == "XSD" for f in read.findings)) == oracle["schema_valid"]
