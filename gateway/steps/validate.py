"""Validate: every rule over every payment, all findings at once, and a hold on what looks like a payment made before.

A payment that a rule blocks becomes invalid; the others go on. Nothing is repaired after approval: what the bank's
character set asks for is written into the content here, and shown.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from formats import canonical
from formats.errors import Unbuildable
from formats.findings import Finding, Severity
from formats.rules import Checker
from gateway.domain.account import OwnAccount
from gateway.domain.content import Content
from gateway.domain.errors import Misconfigured
from gateway.domain.hold import OWNER
from gateway.domain.lifecycle import State
from gateway.domain.payment import Payment, Selection
from gateway.domain.ports import UnitOfWork
from gateway.domain.routing import Route, Routes, route_of, wanted_date

Repair = Callable[[Content, str], tuple[Content, tuple[str, ...]]]
"""Writes a payment's texts in a character set; says what was replaced, in words. Raises ``Unbuildable``."""


@dataclass(slots=True)
class _Checking:
    """The checkers of one batch: one for each block and route, so that rules about a block see just that block."""

    routes: Routes
    accounts: Mapping[str, OwnAccount]
    repair: Repair
    at: datetime
    checkers: dict[str, Checker] = field(default_factory=dict)
    last_block: dict[str, str] = field(default_factory=dict)
    repaired: list[tuple[str, str, str]] = field(default_factory=list)

    def findings(self, one: Payment) -> Iterator[Finding]:
        route = route_of(one, self.routes, self.accounts)
        if route is None:
            yield _blocked(one, f"No product of the bank takes a payment like this ({_words(one)}).")
            return
        try:
            wanted_date(one, route, self.at)
        except Misconfigured as err:
            yield Finding(
                rule="CAL-22", severity=Severity.BLOCK, message=err.message, payment=one.position, line=one.line,
                advice="Ask for an earlier day, or have an operator load a calendar that reaches further.",
            )  # fmt: skip
            return
        content = canonical.decode(Content, one.content)
        try:
            content, replaced = self.repair(content, route.charset)
        except Unbuildable as err:
            yield Finding(
                rule="GEN-011", severity=Severity.BLOCK, message=err.message, path=err.path, payment=one.position,
                line=one.line, advice="Change it in the ERP; the hub never changes a reference.",
            )  # fmt: skip
            return
        if replaced:
            text = canonical.encode(content)
            self.repaired.append((one.id, text, hashlib.sha256(text.encode()).hexdigest()))
            yield Finding(
                rule="SCT-12", severity=Severity.FIX, message=f"Replaced for the bank: {'; '.join(replaced)}",
                advice="Look at it before you approve.", payment=one.position, line=one.line,
            )  # fmt: skip
        key = f"{route.bank}:{route.product}"
        checker = self._checker(key, route)
        if self.last_block.get(key) != one.payment_information_id:
            self.last_block[key] = one.payment_information_id
            yield from (self._of(found, one) for found in checker.batch(content.block))
        yield from (self._of(found, one) for found in checker.payment(content.payment))

    def _checker(self, key: str, route: Route) -> Checker:
        if key not in self.checkers:
            self.checkers[key] = Checker(profile=route.checks, as_of=self._today(route), overrides=route.overrides)
        return self.checkers[key]

    def _today(self, route: Route) -> date:
        return self.at.astimezone(ZoneInfo(route.cutoff.zone)).date()

    @staticmethod
    def _of(found: Finding, one: Payment) -> Finding:
        """The finding with this batch's position and line in place of the checker's own count."""
        return Finding(
            rule=found.rule, severity=found.severity, message=found.message, advice=found.advice, path=found.path,
            line=found.line if found.line is not None else one.line, payment=one.position,
        )  # fmt: skip


def validate(
    work: UnitOfWork, batch_id: str, *, routes: Routes, accounts: Mapping[str, OwnAccount], repair: Repair,
    duplicate_days: int,
) -> None:  # fmt: skip
    """Checks every received payment of a batch and moves all of them, in one transaction.

    A batch that was checked before is left alone: a hold that a person lifted must not come back.
    """
    batch = work.batches.get(batch_id)
    everything = Selection(batch_id=batch_id)
    if all(one.state is not State.RECEIVED for one in work.payments.tally(everything)):
        return

    checking = _Checking(routes=routes, accounts=accounts, repair=repair, at=work.at)
    received = work.payments.find(everything, State.RECEIVED)
    work.batches.add_findings(batch_id, (found for one in received for found in checking.findings(one)))
    work.payments.rewrite(checking.repaired)
    mark = work.new_id()
    work.batches.mark_blocked(batch_id, mark)
    invalid = work.payments.move(
        Selection(batch_id=batch_id, marked=mark), State.RECEIVED, State.INVALID,
        step="validate", reason="a rule found an error",
    )  # fmt: skip
    work.payments.unmark(mark)
    valid = work.payments.move(everything, State.RECEIVED, State.VALIDATED, step="validate", reason="every rule passed")
    held = work.payments.hold_repeats(batch_id, since=work.at - timedelta(days=duplicate_days), owner=OWNER)
    work.alert(
        "payhub.batch.validated.v1", subject_kind="batch", subject=batch_id, client_id=batch.client_id,
        data={"valid": valid, "invalid": invalid, "held": held},
    )  # fmt: skip
    if held:
        work.alert(
            "payhub.batch.held.v1", subject_kind="batch", subject=batch_id, client_id=batch.client_id,
            data={"held": held, "reason": "looks like payments made before"},
        )  # fmt: skip


def _words(one: Payment) -> str:
    kinds = (one.service_level or "no service level", one.local_instrument or "", one.currency)
    return ", ".join(word for word in kinds if word)


def _blocked(one: Payment, message: str) -> Finding:
    return Finding(
        rule="HUB-010", severity=Severity.BLOCK, message=message, payment=one.position, line=one.line,
        advice="Choose another payment type in the ERP, or have the product added to the bank's profile.",
    )  # fmt: skip
