"""The status of an order as a bank's API says it in JSON, read into the same report a pain.002 becomes."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from banks import mapping
from formats.errors import Unreadable
from formats.status_report import PaymentStatus, Reason, StatusReport

MEDIA_TYPE = "application/json"
MESSAGE = "status.json"
PAYMENTS_MAX = 1_000_000


def written(
    *,
    reference: str,
    order_id: str | None = None,
    group: str | None = None,
    reason: tuple[str | None, str | None] = (None, None),
    payments: Iterable[Mapping[str, Any]] = (),
    answer: Any = None,
) -> bytes:
    """What a bank said in a shape of its own, as :func:`read` reads it; ``answer`` keeps its words beside ours.

    The same facts give the same bytes, so that a status that did not change is no new document.
    """
    told = {
        "reference": reference, "order_id": order_id, "group_status": group, "reasons": reasons(*reason),
        "payments": list(payments), "answer": answer,
    }  # fmt: skip
    return json.dumps({key: value for key, value in told.items() if value is not None}, sort_keys=True).encode()


def reasons(code: str | None, text: str | None) -> list[dict[str, Any]]:
    """A reason as :func:`read` reads it; none where the bank gave none."""
    return [{"code": code, "text": [text] if text else []}] if code or text else []


def read(data: bytes, *, reference: str = "/reference", group: str = "/group_status") -> StatusReport:
    """The report; raises :class:`formats.errors.Unreadable` when the JSON is not an order's status.

    ``reference`` and ``group`` point to where a bank's callback of another shape says them; a document that holds ours
    is read as ours.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as err:
        raise Unreadable("The bank's status is not JSON.", code="status.not_json") from err
    if isinstance(content, dict) and "reference" not in content:
        content = {**content, "reference": mapping.at(content, reference), "group_status": mapping.at(content, group)}
    if not isinstance(content, dict) or not isinstance(content.get("reference"), str):
        raise Unreadable("The bank's status names no order of ours.", code="status.no_reference")
    rows = content.get("payments", [])
    if not isinstance(rows, list) or len(rows) > PAYMENTS_MAX or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("The bank's status lists its payments in a way nobody agreed on.", code="status.payments")
    said = _text(content, "group_status")
    return StatusReport(
        message=MESSAGE,
        message_id=_text(content, "order_id"),
        created_at=None,
        original_message_id=content["reference"],
        original_message_name=None,
        group_status=said,
        group_reasons=_reasons(content.get("reasons", [])),
        payments=tuple(_payment(row, said) for row in rows),
    )


def _payment(row: Mapping[str, Any], group: str | None) -> PaymentStatus:
    own = _text(row, "status")
    inherited = group if group != "PART" else None
    return PaymentStatus(
        payment_information_id=_text(row, "payment_information_id"),
        instruction_id=_text(row, "instruction_id"),
        end_to_end_id=_text(row, "end_to_end_id"),
        own_status=own,
        status=own or inherited,
        status_level="transaction" if own else ("group" if inherited else None),
        reasons=_reasons(row.get("reasons", [])),
    )


def _reasons(rows: object) -> tuple[Reason, ...]:
    if not isinstance(rows, list):
        return ()
    return tuple(
        Reason(code=_text(row, "code"), text=tuple(str(line) for line in row.get("text") or ()))
        for row in rows
        if isinstance(row, dict)
    )


def _text(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    return value if isinstance(value, str) and value else None
