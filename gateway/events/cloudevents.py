"""Events as CloudEvents 1.0 in JSON: what happened, to what, with the ERP's own keys untouched.

``sequence`` is the global order (the sequence extension asks for text), ``subjectsequence`` the order within one
payment, file or batch. Amounts are text. ``paid`` is what an ERP may book on; ``final`` says that nothing follows.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from gateway.domain.lifecycle import FINAL, State

SOURCE = "/payhub"
MEDIA_TYPE = "application/cloudevents+json"
_PAID = (State.SETTLED.value, State.RECONCILED.value)
_FINAL = frozenset(one.value for one in FINAL)
_COLLECTIONS = {"payment": "payments", "batch": "batches", "file": "files", "break": "breaks"}


def event_id(row: Mapping[str, Any]) -> str:
    """The event's id: the same for every delivery of it, different from every other event's."""
    return f"{row['act']}-{row['sequence']}"


def render(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the feed as a CloudEvent."""
    kind = row["subject_kind"]
    data = _payment(row) if kind == "payment" else _other(row)
    return {
        "specversion": "1.0",
        "id": event_id(row),
        "source": SOURCE,
        "type": row["type"],
        "subject": f"{_COLLECTIONS.get(kind, kind)}/{row['subject']}",
        "time": _plain(row["at"]),
        "datacontenttype": "application/json",
        "sequence": str(row["sequence"]),
        "subjectsequence": str(row["subject_sequence"]),
        "data": data,
    }


def text_of(event: Mapping[str, Any]) -> str:
    """One line of JSON."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def _payment(row: Mapping[str, Any]) -> dict[str, Any]:
    state = row["target"]
    said = row["reason_code"]
    return {
        "payment_id": row["subject"],
        "batch_id": row["of_batch"],
        "message_id": row["message_id"],
        "erp": dict(row["erp"] or ()),
        "end_to_end_id": row["end_to_end_id"],
        "instruction_id": row["instruction_id"],
        "payment_information_id": row["payment_information_id"],
        "uetr": row["uetr"],
        "amount": _plain(row["amount"]),
        "currency": row["currency"],
        "debtor_account": row["debtor_account"],
        "requested_date": _plain(row["requested_date"]),
        "value_date": _plain(row["value_date"]),
        "bank": row["bank"],
        "file_id": row["file_id"],
        "state": state,
        "previous_state": row["source"] or None,
        "reason": row["reason"],
        "iso_status": row["iso_status"],
        "reasons": [] if said is None else [{"code": said, "text": row["reason_text"]}],
        "paid": state in _PAID,
        "final": state in _FINAL,
        **row["data"],
    }


def _other(row: Mapping[str, Any]) -> dict[str, Any]:
    known = {"batch_id": row["of_batch"], "message_id": row["message_id"], "erp": dict(row["erp"] or ())}
    facts = {name: value for name, value in known.items() if row["of_batch"] is not None}
    return {f"{row['subject_kind']}_id": row["subject"], **facts, **row["data"]}


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    assert isinstance(value, Decimal)
    return format(value, "f")
