"""The policy of the random run, and an oracle that says in plain Python what it allows."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.domain.approval import Decision
from gateway.domain.policy import BreakGlass, Limit, Payee, Per, Rule
from gateway.domain.roles import Role

VIENNA = ZoneInfo("Europe/Vienna")
EUR = frozenset({"EUR"})
CENT = Decimal("0.01")
BAND, SPLIT_DAYS, PERSON_LIMIT, PAYEE_LIMIT = Decimal(1000), 3, Decimal(4500), Decimal(3500)
RULES = (
    Rule(name="large", approvers=3, currencies=EUR, amount_from=BAND, split_days=SPLIT_DAYS),
    Rule(name="new payee", approvers=2, releasers=1, payee=Payee.NEW),
)
LIMITS = tuple(
    Limit(name=per.value, per=per, currency="EUR", amount=amount, zone="Europe/Vienna")
    for per, amount in ((Per.PERSON, PERSON_LIMIT), (Per.PAYEE, PAYEE_LIMIT))
)
GLASS = BreakGlass(roles=frozenset({Role.APPROVER}))
PAYEES = ("FR1420041010050500013M02606", "DE89370400440532013000")
ACCOUNTS = {
    "anna": {"approver", "maker"}, "ben": {"approver"}, "cleo": {"approver"}, "dora": {"approver", "releaser"},
    "lena": set(), "rita": {"releaser"}, "rolf": {"releaser", "approver"},
}  # fmt: skip
NEVER_PAID = {"declined", "cancelled", "expired", "rejected", "invalid", "returned"}
NAMES = sorted(ACCOUNTS)
DUTY = {Decision.APPROVE: "approver", Decision.RELEASE: "releaser", Decision.BREAK_GLASS: "approver"}


@dataclass
class Paid:
    """One payment as the oracle knows it. ``text`` grows with every change of its content; ``editors`` made them."""

    amount: Decimal
    payee: str
    brought: object
    state: str = "validated"
    held: bool = False
    text: int = 0
    approved: object = None
    editors: set = field(default_factory=set)


@dataclass
class Signature:
    """``right_of`` is whose right was used, where it was not the account's own."""

    account: str
    decision: Decision
    look: tuple
    at: object
    right_of: str | None = None


@dataclass
class Loan:
    """A role that one account lent another one, until a moment."""

    giver: str
    taker: str
    role: str
    ends_at: object


@dataclass
class Told:
    """One batch as the oracle knows it."""

    maker: str
    payments: list
    signatures: list = field(default_factory=list)
    went: set = field(default_factory=set)
    days: dict = field(default_factory=dict)


class Oracle:
    """The policy in plain words: loops over every payment, and asks no database."""

    def __init__(self):
        self.batches = {}
        self.roots = {}
        self.roles = {name: set(roles) for name, roles in ACCOUNTS.items()}
        self.known = set()
        self.loans = []

    def root(self, account):
        return self.roots.get(account, account)

    def person_has(self, account, role):
        person = self.root(account)
        return any(role in roles for name, roles in self.roles.items() if self.root(name) == person)

    def offered(self, account, role, at):
        """Whose role an account may use, the first that was lent first; nobody's where it has the role itself."""
        if role in self.roles[account]:
            return []
        return [self.root(o.giver) for o in self.loans if (o.taker, o.role) == (account, role) and o.ends_at > at]

    def behind(self, one):
        return {self.root(one.account)} | ({self.root(one.right_of)} if one.right_of else set())

    def signed(self, batch_id, look):
        """What was signed under exactly this look, broken glass apart."""
        return [
            one
            for one in self.batches[batch_id].signatures
            if one.look == look and one.decision is not Decision.BREAK_GLASS
        ]

    def right(self, batch_id, account, decision, look, at):
        """Whose right the account would use for a decision, by the first that nobody stands behind yet."""
        if decision is Decision.BREAK_GLASS:
            return None
        offered = self.offered(account, DUTY.get(decision, "approver"), at)
        taken = {self.root(self.batches[batch_id].maker)}.union(*map(self.behind, self.signed(batch_id, look)))
        return next((one for one in offered if one not in taken), offered[0] if offered else None)

    def free(self, batch_id):
        return [
            (place, one)
            for place, one in enumerate(self.batches[batch_id].payments)
            if one.state == "validated" and not one.held
        ]

    def content(self, batch_id):
        return tuple((place, one.text) for place, one in self.free(batch_id))

    def total(self, batch_id):
        return sum((one.amount for _, one in self.free(batch_id)), Decimal(0))

    def needs(self, batch_id, at):
        approvers, releasers = (2 if self.batches[batch_id].maker == "erp" else 1), 0
        for _, one in self.free(batch_id):
            if one.amount >= BAND or self.near(one.payee, at) >= BAND:
                approvers = max(approvers, 3)
            if one.payee not in self.known:
                approvers, releasers = max(approvers, 2), 1
        return approvers, releasers

    def near(self, payee, at):
        """What the payments to a payee come to that stay below the band one by one, and were brought lately."""
        return sum(
            (
                one.amount
                for told in self.batches.values()
                for one in told.payments
                if one.payee == payee
                and one.amount < BAND
                and one.brought >= at - timedelta(days=SPLIT_DAYS)
                and one.state not in NEVER_PAID
            ),
            Decimal(0),
        )

    def split_only(self, batch_id):
        """Whether no payment that waits is large by itself."""
        return all(one.amount < BAND for _, one in self.free(batch_id))

    def editors(self, batch_id):
        """The persons who gave what waits another day."""
        return {self.root(account) for _, one in self.free(batch_id) for account in one.editors}

    def makers(self, batch_id):
        """The persons who made what waits: who brought it, and who edited it since."""
        maker = self.batches[batch_id].maker
        return self.editors(batch_id) | (set() if maker == "erp" else {self.root(maker)})

    def counting(self, batch_id, look):
        """Persons by duty, for signatures under exactly what this look shows."""
        told, maker = self.batches[batch_id], self.makers(batch_id)
        spent, glass, duties = set(maker), set(), []
        for one in told.signatures:
            persons = self.behind(one)
            if one.look != look or one.decision is Decision.DECLINE or persons & maker:
                continue
            if not self.person_has(one.right_of or one.account, DUTY[one.decision]):
                continue
            if one.decision is Decision.BREAK_GLASS:
                glass |= persons
            elif not persons & spent:
                spent |= persons
                duties.append(one.decision)
        return duties.count(Decision.APPROVE), duties.count(Decision.RELEASE), len(glass)

    def refuses(self, batch_id, account, decision, look, at, days):
        """Whether this signature must not be taken."""
        told, person = self.batches[batch_id], self.root(account)
        right = self.right(batch_id, account, decision, look, at)
        if not self.free(batch_id) or look != (self.content(batch_id), days):
            return True
        if told.maker != "erp" and self.root(told.maker) in (person, right):
            return True
        if decision is not Decision.DECLINE and self.makers(batch_id) & {person, right}:
            return True
        mine = {one.decision for one in told.signatures if one.look == look and self.root(one.account) == person}
        if decision is Decision.BREAK_GLASS:
            return decision in mine or not self.person_has(account, "approver")
        if mine - {Decision.BREAK_GLASS}:
            return True
        if decision is Decision.DECLINE:
            return False
        spent = set().union(*map(self.behind, self.signed(batch_id, look)))
        if person in spent or right in spent:
            return True
        approvers, releasers = self.needs(batch_id, at)
        approvals, releases, _ = self.counting(batch_id, look)
        if decision is Decision.RELEASE and (approvals < approvers or releases >= releasers):
            return True
        if decision is Decision.APPROVE and approvals >= approvers:
            return True
        return self.over_payees_limit(batch_id, at) or any(
            self.over_persons_limit(batch_id, one, at) for one in (person, right) if one is not None
        )

    def goes_by_itself(self, batch_id, at, days):
        """Whether everybody has signed, so that the hub lets it go when it looks."""
        if not self.free(batch_id):
            return False
        approvers, releasers = self.needs(batch_id, at)
        approvals, releases, _ = self.counting(batch_id, (self.content(batch_id), days))
        return approvals >= approvers and releases >= releasers and not self.over_payees_limit(batch_id, at)

    def over_persons_limit(self, batch_id, person, at):
        return self.signed_today(person, at, anew=batch_id) + self.total(batch_id) > PERSON_LIMIT

    def signed_today(self, person, at, *, anew=None):
        """What a person signed, or others with their right; ``anew`` is a batch that would be signed once more."""
        today = at.astimezone(VIENNA).date()
        used = Decimal(0)
        for other, told in self.batches.items():
            mine = [
                one
                for one in told.signatures
                if person in self.behind(one)
                and one.decision is not Decision.DECLINE
                and one.at.astimezone(VIENNA).date() == today
            ]
            contents = {one.look[0] for one in mine}
            last = None if other == anew or not mine else mine[-1].look[0]
            for content in contents:
                if content == last or content in told.went:
                    used += sum((told.payments[place].amount for place, _ in content), Decimal(0))
        return used

    def over_payees_limit(self, batch_id, at):
        free = [one for _, one in self.free(batch_id)]
        return any(
            self.approved_today(payee, at) + sum(one.amount for one in free if one.payee == payee) > PAYEE_LIMIT
            for payee in {one.payee for one in free}
        )

    def approved_today(self, payee, at):
        """What may go to a payee because of today's signatures."""
        today = at.astimezone(VIENNA).date()
        return sum(
            (
                one.amount
                for told in self.batches.values()
                for one in told.payments
                if one.payee == payee
                and one.approved is not None
                and one.approved.astimezone(VIENNA).date() == today
                and one.state not in NEVER_PAID | {"validated"}
            ),
            Decimal(0),
        )
