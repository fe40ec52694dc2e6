"""``approvals.toml``: who must agree. ``[policy]`` is the floor, rules add to it, limits refuse, the glass is last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from banks.settings import BankProfile
from banks.strict import Table
from gateway.domain.account import OwnAccount
from gateway.domain.approval import ApprovalPolicy
from gateway.domain.policy import BreakGlass, Limit, Payee, Per, Rule
from gateway.domain.roles import Role

PERSONS_MAX = 9
SPLIT_DAYS_MAX = 90
MINUTES_MAX = 7 * 24 * 60
AMOUNT = r"\d{1,18}(\.\d{1,6})?"
CURRENCY = r"[A-Z]{3}"
GLASS_ROLES = (Role.APPROVER.value, Role.RELEASER.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the rest of the configuration has: a rule about anything else would never match, which is a mistake."""

    entities: frozenset[str]
    accounts: frozenset[str]
    products: frozenset[str]

    @classmethod
    def of(cls, banks: Mapping[str, BankProfile], accounts: Mapping[str, OwnAccount]) -> "Known":
        """From bank profiles and accounts."""
        return cls(
            entities=frozenset(one.entity for one in accounts.values()),
            accounts=frozenset(accounts),
            products=frozenset(product.name for bank in banks.values() for product in bank.products),
        )


def read(table: Table, known: Known) -> ApprovalPolicy:
    """The policy; problems are collected in the table."""
    floor = table.table("policy", required=True)
    rules = tuple(_rule(row, known) for row in table.tables("rule"))
    limits = tuple(_limit(row, known) for row in table.tables("limit"))
    for key, names in (("rule", [one.name for one in rules]), ("limit", [one.name for one in limits])):
        for name in sorted({one for one in names if names.count(one) > 1}):
            table.complain(key, f"{name!r} is there twice; people are told which of them asked")
    policy = ApprovalPolicy(
        name=floor.text("name"),
        persons=floor.number("persons", 2, least=2, most=PERSONS_MAX),
        approvers_min=floor.number("approvers_min", 1, least=1, most=PERSONS_MAX),
        rules=rules,
        limits=limits,
        break_glass=_break_glass(table),
    )
    floor.close()
    table.close()
    return policy


def _rule(row: Table, known: Known) -> Rule:
    currency = row.optional("currency", shape=CURRENCY)
    currencies = _names(row, "currencies", ())
    amount_from, amount_below = _amount(row, "amount_from"), _amount(row, "amount_below")
    batch_total_from = _amount(row, "batch_total_from")
    payee = row.optional("payee")
    minutes = row.number("minutes_to_cutoff_below", 0, most=MINUTES_MAX)
    rule = Rule(
        name=row.text("name"),
        approvers=row.number("approvers", 0, most=PERSONS_MAX),
        releasers=row.number("releasers", 0, most=PERSONS_MAX),
        entities=_names(row, "entities", known.entities),
        accounts=frozenset(one.replace(" ", "") for one in _names(row, "accounts", known.accounts)),
        products=_names(row, "products", known.products),
        currencies=currencies if currency is None else frozenset({currency}),
        amount_from=amount_from,
        amount_below=amount_below,
        batch_total_from=batch_total_from,
        payee=Payee(payee) if payee in list(Payee) else None,
        minutes_to_cutoff_below=minutes or None,
        split_days=row.number("split_days", 0, most=SPLIT_DAYS_MAX),
    )
    if payee is not None and rule.payee is None:
        row.complain("payee", f"is {payee!r}; allowed are {', '.join(Payee)}")
    if "minutes_to_cutoff_below" in row.content and not minutes:
        row.complain("minutes_to_cutoff_below", "is 0, so the rule would never match")
    for one in sorted(currencies):
        if len(one) != 3 or not (one.isascii() and one.isalpha() and one.isupper()):
            row.complain("currencies", f"{one!r} is not a currency like EUR")
    if currency is not None and currencies:
        row.complain("currencies", "say currency or currencies, not both")
    amounts = [key for key in ("amount_from", "amount_below", "batch_total_from") if key in row.content]
    if amounts and currency is None:
        row.complain("currency", f"is missing: {', '.join(amounts)} must say in which currency")
    if amount_from is not None and amount_below is not None and amount_from >= amount_below:
        row.complain("amount_below", "is not above amount_from, so the rule would never match")
    if rule.split_days and amount_from is None:
        row.complain("split_days", "needs amount_from: the band that payments together may reach")
    if not rule.approvers and not rule.releasers:
        row.complain("approvers", "is missing: a rule asks for approvers, releasers or both")
    row.close()
    return rule


def _limit(row: Table, known: Known) -> Limit:
    per = row.text("per", among=tuple(Per))
    zone = row.text("zone")
    limit = Limit(
        name=row.text("name"),
        per=Per(per) if per in list(Per) else Per.PERSON,
        currency=row.text("currency", shape=CURRENCY),
        amount=_amount(row, "amount", required=True) or Decimal(0),
        zone=zone if _is_zone(zone) else "UTC",
        entities=_names(row, "entities", known.entities),
    )
    if zone and not _is_zone(zone):
        row.complain("zone", f"{zone!r} is no time zone like Europe/Vienna")
    row.close()
    return limit


def _break_glass(table: Table) -> BreakGlass | None:
    if "break_glass" not in table.content:
        table.taken.add("break_glass")
        return None
    row = table.table("break_glass")
    named = row.texts("roles")
    for one in named:
        if one not in GLASS_ROLES:
            row.complain("roles", f"is {one!r}; allowed are {', '.join(GLASS_ROLES)}")
    if not named and "roles" in row.content:
        row.complain("roles", "names nobody; leave [break_glass] out where nobody may")
    row.close()
    return BreakGlass(roles=frozenset(Role(one) for one in named if one in GLASS_ROLES))


def _names(row: Table, key: str, known: Iterable[str]) -> frozenset[str]:
    """Names of things that are there; ``known`` is empty where anything goes, or nothing could be read."""
    there = frozenset(known)
    named = row.texts(key, ())
    if key in row.content and not named:
        row.complain(key, "is empty; leave it out where any will do")
    for one in named:
        if there and one.replace(" ", "") not in there and one not in there:
            row.complain(key, f"there is no {one!r}; there are: {', '.join(sorted(there))}")
    return frozenset(named)


def _amount(row: Table, key: str, *, required: bool = False) -> Decimal | None:
    """An amount as text: a TOML number with a point would be a float (promise P12)."""
    if key not in row.content and not required:
        row.taken.add(key)
        return None
    if not isinstance(row.content.get(key, ""), str):
        row.taken.add(key)
        row.complain(key, 'must be an amount as text, like "1000.50"')
        return None
    before = len(row.problems)
    text = row.text(key, shape=AMOUNT)
    if len(row.problems) > before or not text:
        return None
    amount = Decimal(text)
    if not amount:
        row.complain(key, "is 0; an amount is above it")
    return amount


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
