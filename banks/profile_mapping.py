"""Reads what the calls of a bank's API look like: the table ``[channel.api]`` of a profile, checked at start."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from banks.api_settings import Api, Call, Find, Listing, Send, Shape, Shown, Status
from banks.mapping import check_pointer, check_template, names
from banks.strict import Misconfigured, Table, chosen

PAYHUB = Path(__file__).parent / "apis" / "payhub.toml"
HOURS_MAX = 24 * 366
CALLS_MAX = 5
"""How many calls may prepare a hand-over."""
FILE = frozenset({
    "name", "reference", "key", "sha256", "sha256_base64", "size", "message", "count", "control_sum",
})  # fmt: skip
"""What a template can say about a whole file."""
PAYMENT = frozenset({
    "reference", "instruction_id", "end_to_end_id", "uetr", "amount", "currency", "execution_date", "debtor_name",
    "debtor_iban", "debtor_account", "debtor_bic", "creditor_name", "creditor_iban", "creditor_account", "creditor_bic",
    "creditor_street", "creditor_building", "creditor_post_code", "creditor_town", "creditor_country", "remittance",
    "creditor_reference", "purpose", "charge_bearer", "service_level", "local_instrument", "category_purpose",
})  # fmt: skip
"""What a template can say about one payment, beside the file's reference."""
PAID = (
    ("amount",), ("currency",), ("execution_date",), ("creditor_name",), ("creditor_iban", "creditor_account"),
    ("debtor_iban", "debtor_account"), ("instruction_id",),
)  # fmt: skip
"""What the body of a single payment must hold (one of each): without it money would go elsewhere, or twice."""
METHODS = ("POST", "PUT", "GET")


@lru_cache(maxsize=1)
def payhub() -> Api:
    """The API a profile speaks that says nothing about it."""
    problems: list[Any] = []
    table = Table(content=tomllib.loads(PAYHUB.read_text(encoding="utf-8")), file=PAYHUB.name, problems=problems)
    read_ = api(table)
    if problems:
        raise Misconfigured(problems)
    return read_


def api(table: Table) -> Api:
    """The mapping; what could not be read has a stand-in value and a line in ``table.problems``."""
    shape = Shape(chosen(table, "shape", Shape, Shape.FILE))
    rows = table.tables("prepare")
    if len(rows) > CALLS_MAX or (rows and shape is Shape.PAYMENTS):
        table.complain("prepare", f"at most {CALLS_MAX} calls may prepare a file, and none single payments")
    known = FILE if shape is Shape.FILE else PAYMENT
    prepare = []
    for row in rows[:CALLS_MAX]:
        prepare.append(_call(row, known, takes=True))
        known |= prepare[-1].take.keys()
        row.close()
    read_ = Api(
        shape=shape,
        prepare=tuple(prepare),
        send=_send(table.table("send", required=True), known, shape),
        find=_find(table.table("find"), known, shape) if "find" in table.content else None,
        status=_status(table.table("status"), known) if "status" in table.content else None,
        documents=_documents(table.table("documents")) if "documents" in table.content else None,
        idempotency_header=table.optional("idempotency_header", shape=r"[A-Za-z0-9-]+"),
        replayed_header=table.optional("replayed_header", shape=r"[A-Za-z0-9-]+"),
        idempotency_key_lifetime_h=table.number("idempotency_key_lifetime_h", 24, least=1, most=HOURS_MAX),
    )
    table.taken |= {"find", "status", "documents"}
    if shape is Shape.PAYMENTS and read_.status is not None:
        table.complain("status", "single payments are asked for by [find]: put its status and reasons there")
    if any(call.take for call in prepare) and read_.idempotency_header is None:
        table.complain("idempotency_header", "is missing: without it a call cannot be repeated to learn its answer")
    table.close()
    return read_


def _call(table: Table, known: frozenset[str], *, method: str = "POST", takes: bool = False) -> Call:
    headers = table.table("headers").strings()
    body = dict(table.table("body").content) if "body" in table.content else None
    take: dict[str, str] = {}
    if takes:
        inner = table.table("take")
        take = {name: check_pointer(inner, name, required=True) or "" for name in inner.content}
    table.taken |= {"headers", "body"} | ({"take"} if takes else set())
    read_ = Call(
        method=table.text("method", method, among=METHODS), path=table.text("path", shape=r"/[^\s#]*"),
        headers=headers, body=body, take=take,
    )  # fmt: skip
    check_template(table, "path", read_.path, known)
    for name, value in headers.items():
        check_template(table, f"headers.{name}", value, known)
    if body is not None:
        check_template(table, "body", body, known)
    return read_


def _shown(table: Table, *required: str) -> Shown:
    return Shown(
        **{
            key: check_pointer(table, key, required=key in required)
            for key in ("id", "reference", "sha256", "status", "code", "text")
        }
    )


def _send(table: Table, known: frozenset[str], shape: Shape) -> Send:
    refusals = table.content.get("refusals", [400, 422])
    table.taken.add("refusals")
    if not isinstance(refusals, list) or not all(type(one) is int and 400 <= one < 500 for one in refusals):
        table.complain("refusals", "must be a list of HTTP statuses from 400 to 499")
        refusals = []
    if {401, 408, 409, 425, 429} & set(refusals):
        table.complain("refusals", "401, 408, 409, 425 and 429 are no refusals of a payment")
    read_ = Send(call=_call(table, known), shown=_shown(table, "id"), refusals=frozenset(refusals))
    if shape is Shape.PAYMENTS:
        used = set(names(read_.call.body or {}))
        for group in PAID:
            if not used & set(group):
                table.complain("body", f"must hold {' or '.join('{' + name + '}' for name in group)}")
    table.close()
    return read_


def _find(table: Table, known: frozenset[str], shape: Shape) -> Find:
    by_payment = shape is Shape.PAYMENTS
    read_ = Find(
        call=_call(table, known, method="GET"),
        shown=_shown(table, *(("status", "reference") if by_payment else ())),
        items=check_pointer(table, "items"),
        delivered=frozenset(table.texts("delivered", ())),
        staged=frozenset(table.texts("staged", ())),
    )
    if by_payment and not {"instruction_id", "end_to_end_id"} & set(names(read_.call.path)):
        table.complain("path", "must ask by {instruction_id} or {end_to_end_id}")
    table.close()
    return read_


def _status(table: Table, known: frozenset[str]) -> Status:
    read_ = Status(call=_call(table, known | {"id"}, method="GET"), shown=_shown(table))
    table.close()
    return read_


def _documents(table: Table) -> Listing:
    read_ = Listing(
        path=table.text("path", shape=r"/[^\s#?]*"),
        cursor=table.text("cursor", "after"),
        items=check_pointer(table, "items", required=True) or "",
        following=check_pointer(table, "next"),
        id=check_pointer(table, "id", required=True) or "",
        name=check_pointer(table, "name"),
        media_type=check_pointer(table, "type"),
        size=check_pointer(table, "size"),
        sha256=check_pointer(table, "sha256"),
        created_at=check_pointer(table, "created_at"),
        fetch=table.text("fetch", shape=r"/[^\s#]*\{id\}[^\s#]*"),
        receipt=table.optional("receipt", shape=r"/[^\s#]*"),
    )
    check_template(table, "fetch", read_.fetch, frozenset({"id"}))
    table.close()
    return read_
