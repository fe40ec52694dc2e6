"""Why a batch needs whom, in sentences for the people who wait."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain.approval import APPROVERS, RELEASERS, Approval, ApprovalPolicy, Decision
from gateway.domain.policy import GLASS_PERSONS, Payee, Rule, RuleMatch
from gateway.domain.standing import ENOUGH, Standing

_DID = {
    Decision.APPROVE: "approved it",
    Decision.RELEASE: "released it",
    Decision.DECLINE: "declined it",
    Decision.BREAK_GLASS: "broke the glass",
}
_PAYEES = {
    Payee.NEW: "an account that {who} never paid before",
    Payee.CHANGED: "a payee of that name was paid at another account before",
    Payee.KNOWN: "an account that was paid before",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Signatures that are still needed in one duty, and the names of those who could give them."""

    duty: str
    number: int
    persons: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """A rule that matches, what it asks for, and why."""

    rule: str
    approvers: int
    releasers: int
    payments: int
    payment_id: str
    why: str


def because(match: RuleMatch) -> Because:
    """The rule that matches, with the payment that made it match."""
    rule, first = match.rule, match
    sum_of_one = f"{first.currency} {first.amount:,f} to {first.payee}"
    which = sum_of_one if match.count == 1 else f"{match.count:,} payments, the first {sum_of_one}"
    return Because(
        rule=rule.name, approvers=rule.approvers, releasers=rule.releasers, payments=match.count,
        payment_id=match.payment_id, why=f"{which}{_conditions(rule, match)}",
    )  # fmt: skip


def missing(now: Standing) -> list[Missing]:
    """Who is still needed; empty when nobody is."""
    found = []
    if now.approvals_missing:
        found.append(Missing(duty="approver", number=now.approvals_missing, persons=now.can_approve))
    if now.releases_missing:
        found.append(Missing(duty="releaser", number=now.releases_missing, persons=now.can_release))
    return found


def sentences(now: Standing, policy: ApprovalPolicy) -> list[str]:
    """Everything in the order in which one asks: what is needed and why, who signed, who is still needed."""
    if now.digest is None:
        return ["Nothing in this batch waits for approval."]
    floor = policy.approvals_needed(now.batch)
    brought = "beside whoever brought it" if now.batch.maker_is_person else "because an API client brought it"
    said = [f"The policy {policy.name} asks for {_number(floor, 'approver')} in any case, {brought}."]
    for match in now.need.matches:
        one = because(match)
        said.append(f"The rule {one.rule} asks for {_demands(match.rule)}: {one.why}.")
    said += [_signature(now, one) for one in now.approvals]
    said += _still(now)
    return said


def _still(now: Standing) -> list[str]:
    said = []
    for one in missing(now):
        who = _either(one.persons) or "nobody can yet: an administrator must grant the role"
        after = ", once the approvals are there" if one.duty == "releaser" and now.approvals_missing else ""
        verb = "is" if one.number == 1 else "are"
        said.append(f"{_number(one.number, one.duty)} {verb} still needed{after}: {who}.")
    glass = len(now.counts.glass)
    if 0 < glass < GLASS_PERSONS:
        said.append("The glass is half broken: one more person lets the batch go against the rules.")
    return said or [ENOUGH]


def _signature(now: Standing, one: Approval) -> str:
    did = f"{one.person_name} {_DID[one.decision]}" + (f" (“{one.reason}”)" if one.reason else "")
    if one.decision is Decision.DECLINE or one in (*now.counts.approvals, *now.counts.releases, *now.counts.glass):
        return f"{did}."
    return f"{did}, but {why_void(now, one)}."


def why_void(now: Standing, one: Approval) -> str:
    """Why a signature that does not count does not."""
    if one.digest != now.digest:
        return "the batch or its days changed since: it counts no more"
    if now.roster.person(one.person_id) in now.roster.gone:
        return "has no access any more: it does not count"
    if one.decision is Decision.BREAK_GLASS:
        brought = now.roster.person(one.person_id) == now.maker
        return f"{'brought the batch' if brought else 'may break it no longer'}: it does not count"
    duty = APPROVERS if one.decision is Decision.APPROVE else RELEASERS
    if not now.roster.may(one.right_of or one.person_id, duty):
        whose = "" if one.right_of is None else "the one whose right it was "
        return f"{whose}no longer has the role: it does not count"
    return "counts as somebody who brought or signed it already"


def _conditions(rule: Rule, match: RuleMatch) -> str:
    said = []
    if match.together is not None:
        said.append(
            f"its payments below {rule.currency} {rule.amount_from:,f} add up to {rule.currency} {match.together:,f} "
            f"within {_number(rule.split_days, 'day')}"
        )
    elif rule.amount_from is not None:
        said.append(f"{rule.currency} {rule.amount_from:,f} or more")
    if rule.amount_below is not None and match.together is None:
        said.append(f"below {rule.currency} {rule.amount_below:,f}")
    if rule.batch_total_from is not None:
        said.append(f"the batch pays {rule.currency} {rule.batch_total_from:,f} or more")
    if rule.payee is not None:
        said.append(_PAYEES[rule.payee].format(who="this entity"))
    if rule.minutes_to_cutoff_below is not None:
        said.append(f"less than {_number(rule.minutes_to_cutoff_below, 'minute')} to the cut-off")
    said += [
        f"{word} {', '.join(sorted(names))}"
        for word, names in (("entity", rule.entities), ("account", rule.accounts), ("product", rule.products))
        if names
    ]
    if rule.currencies and not said:
        said.append(f"in {', '.join(sorted(rule.currencies))}")
    return f" ({'; '.join(said)})" if said else ""


def _demands(rule: Rule) -> str:
    asked = [(rule.approvers, "approver"), (rule.releasers, "releaser")]
    return " and ".join(_number(number, word) for number, word in asked if number)


def _number(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _either(names: Iterable[str]) -> str:
    *most, last = list(names) or [""]
    return f"{', '.join(most)} or {last}" if most else last
