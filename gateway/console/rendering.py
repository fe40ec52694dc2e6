"""Templates: one environment with autoescape on, and what every page gets to know."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2.runtime import Context

from formats.explain import Explanation, Kind, explain
from gateway.console import figures, words
from gateway.console.sessions import PATH, Visitor
from gateway.domain.roles import EVERY, Verb
from gateway.persistence.queries import Group, Total
from gateway.wiring import Hub

SECTIONS = (
    ("home", "Today", "/"),
    ("batches", "Batches", "/batches"),
    ("payments", "Payments", "/payments"),
    ("files", "Files", "/files"),
    ("cutoffs", "Cut-offs", "/cutoffs"),
    ("channels", "Channels", "/channels"),
    ("statements", "Statements", "/statements"),
    ("breaks", "Breaks", "/breaks"),
    ("documents", "Documents", "/documents"),
    ("events", "Events", "/events"),
    ("trail", "Audit trail", "/trail"),
)
FOR_SOME = (
    ("people", "People", "/people", Verb.PEOPLE_SEE, EVERY),
    ("configuration", "Configuration", "/configuration", Verb.CONFIG_SEE, None),
)
"""Sections that only those see in the menu who may open them; the entity is as :meth:`Visitor.check` takes it."""

environment = jinja2.Environment(
    loader=jinja2.PackageLoader("gateway.console"), autoescape=True, undefined=jinja2.StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


@jinja2.pass_context
def _amount(context: Context, value: Decimal, currency: str) -> str:
    return figures.amount(value, currency, context["grouping"])


@jinja2.pass_context
def _number(context: Context, value: Decimal | int) -> str:
    return figures.number(value, context["grouping"])


@jinja2.pass_context
def _totals(context: Context, rows: list[Total]) -> str:
    return " + ".join(figures.amount(one.amount, one.currency, context["grouping"]) for one in rows)


def _code(code: str, kind: str | None = None) -> Explanation:
    return explain(code, kind=Kind(kind) if kind else None)


def summed(groups: list[Group] | list[Any]) -> list[Total]:
    """Exact sums by currency of anything that has an amount and a currency."""
    found: dict[str, Decimal] = {}
    for one in groups:
        found[one.currency] = found.get(one.currency, Decimal(0)) + one.amount
    return [Total(currency, amount) for currency, amount in sorted(found.items())]


environment.filters |= {
    "amount": _amount, "number": _number, "totals": _totals, "account": figures.account, "moment": figures.moment,
    "iso": figures.iso, "wall": figures.wall, "day": figures.day, "size": figures.size,
    "zipped": lambda rows: [(one, one) for one in rows],
    "payment_words": lambda states: [(one.value, words.PAYMENT[one].short) for one in states],
    "file_words": lambda states: [(one.value, words.FILE[one].short) for one in states],
    "short_words": lambda table: [(str(key), said.short) for key, said in table.items()],
    "plain_json": lambda value: json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True),
}  # fmt: skip
environment.globals |= {"words": words, "explain": _code, "summed": summed, "base": PATH}


def _for(visitor: Visitor | None) -> tuple[tuple[str, str, str], ...]:
    """The sections of the menu that this reader may open besides those of everybody."""
    if visitor is None:
        return ()
    return tuple(
        (key, label, target)
        for key, label, target, verb, entity in FOR_SOME
        if (visitor.may(verb, entity) if entity else any(one.allows(verb) for one in visitor.grants))
    )


def page(
    name: str, request: Request, hub: Hub, visitor: Visitor | None, /, *, status: int = 200, section: str = "",
    **facts: Any,
) -> Response:  # fmt: skip
    """One page. ``facts`` are what its template shows; the reader, the moment and the language come by themselves."""
    shown: Mapping[str, Any] = {
        "visitor": visitor,
        "sections": SECTIONS + _for(visitor),
        "now": hub.clock.now(),
        "grouping": figures.grouping(request.headers.get("accept-language", "")),
        "section": section,
        "query": urlencode([one for one in request.query_params.multi_items() if one[0] != "did"]),
        "address": request.url.path,
        **facts,
    }
    return HTMLResponse(environment.get_template(f"{name}.html").render(shown), status_code=status)
