"""The configuration, read once at start: every problem at once, each with its file and key; unknown keys are errors."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from banks import profile
from banks.settings import BankProfile, PartUnlisted, Product
from banks.strict import Misconfigured, Problem, Table
from formats.errors import InvalidValue
from formats.values import Iban
from gateway import settings_approvals, settings_calendars, settings_changes, settings_holds, settings_proof
from gateway.domain.account import OwnAccount
from gateway.domain.approval import ApprovalPolicy
from gateway.domain.calendar import ALWAYS, Calendar, Convention, together
from gateway.domain.cutoff import CutOff, OnLate
from gateway.domain.escalation import Steps, in_order
from gateway.domain.hold import HoldPolicy
from gateway.domain.routing import Route, Routes
from gateway.settings_proof import Proof
from gateway.settings_sign_in import Machines, SignIn, Tls, machines, proxies, sign_in, tls

MIB = 1 << 20

ESCALATION = (120, 45, 15)
"""Minutes before a window closes at which people are warned, unless the operator says otherwise."""
MINUTES_OF_A_DAY = 1_440


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator decides. Sizes in bytes, times in the unit the name says."""

    database_url: str
    vault_key: str
    vault_key_id: str
    vault_old_keys: Mapping[str, str]
    api_host: str
    api_port: int
    intake_bytes_max: int
    intake_payments_max: int
    duplicate_days: int
    webhooks_allow_private: bool
    clock_file: Path | None
    poll_every_s: int | None
    opens_at: str
    secure_cookies: bool
    escalation: Steps
    second_factor_required: bool
    machines: Machines | None
    proof: Proof = field(default_factory=Proof)
    sign_in: SignIn = field(default_factory=SignIn)
    tls: Tls | None = None
    proxies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything read from the configuration folder."""

    settings: Settings
    banks: Mapping[str, BankProfile]
    accounts: Mapping[str, OwnAccount]
    policy: ApprovalPolicy
    calendars: Mapping[str, Calendar]
    routes: Routes
    sources: Mapping[str, str] = field(default_factory=dict)
    holds: HoldPolicy = field(default_factory=HoldPolicy)

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of every file, by its name."""
        return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in self.sources.items()}

    @property
    def moves_money(self) -> dict[str, str]:
        """The files two people must agree to, where they must."""
        return settings_changes.that_move_money(self.sources)

    @property
    def money_digest(self) -> str:
        """One digest over those files."""
        return settings_changes.digest(self.moves_money)


def load(folder: Path, environment: Mapping[str, str], *, today: date, overlay: Path | None = None) -> Configuration:
    """Reads ``payhub.toml``, ``banks/``, ``accounts.toml``, ``approvals.toml`` and ``calendars/`` of ``folder``.

    ``PAYHUB_DATABASE_URL`` and ``PAYHUB_CLOCK_FILE`` in ``environment`` win over the file. Raises
    :class:`banks.strict.Misconfigured` with every problem of every file.
    """
    problems: list[Problem] = []
    settings = _settings(_table(folder / "payhub.toml", problems, overlay), environment)
    banks: Mapping[str, BankProfile] = {}
    try:
        banks = profile.load(folder / "banks", overlay=overlay / "banks" if overlay is not None else None)
    except Misconfigured as err:
        problems.extend(err.problems)
    accounts = _accounts(_table(folder / "accounts.toml", problems, overlay), banks)
    approvals = _table(folder / "approvals.toml", problems, overlay)
    holds = settings_holds.read(approvals)
    policy = settings_approvals.read(approvals, settings_approvals.Known.of(banks, accounts))
    calendars = settings_calendars.load(folder / "calendars", problems, today=today)
    problems.extend(
        Problem(
            file=f"banks/{bank.name}.toml",
            key=f"products.{product.name}.calendar",
            message=f"there is no calendars/{name}.toml",
        )
        for bank in banks.values()
        for product in bank.products
        for name in (*(() if product.instant else (product.calendar,)), *product.calendars_too)
        if name not in calendars
    )
    if problems:
        raise Misconfigured(problems)
    opens = time.fromisoformat(settings.opens_at)
    routes = {
        bank.name: tuple(_route(bank, product, _calendar(bank, product, calendars), opens) for product in bank.products)
        for bank in banks.values()
    }
    return Configuration(
        settings=settings, banks=banks, accounts=accounts, policy=policy, calendars=calendars, routes=routes,
        sources=settings_changes.sources(folder, overlay), holds=holds,
    )  # fmt: skip


def _route(bank: BankProfile, product: Product, calendar: Calendar, opens: time) -> Route:
    """A product of a profile in the domain's own words."""
    cutoff = CutOff(
        bank=bank.name, product=product.name, zone=product.time_zone, at=product.cutoff, opens=opens,
        days_before=product.days_before_value, margin=timedelta(minutes=product.margin_minutes),
        on_late=OnLate(product.on_late.value), processing=timedelta(minutes=product.processing_minutes),
        early=bank.early_closings, instant=product.instant,
        convention=Convention(product.roll.get("default", Convention.FOLLOWING)),
        conventions={key: Convention(word) for key, word in product.roll.items() if key != "default"},
    )  # fmt: skip
    return Route(
        bank=bank.name, product=product.name, message=product.message, charset=bank.file.charset,
        transactions_max=bank.file.transactions_max, batch_booking=bank.file.batch_booking,
        name_template=bank.file.name, profile_digest=bank.digest, cutoff=cutoff, calendar=calendar,
        answer_within=timedelta(minutes=bank.answers.expected_minutes),
        part_unlisted_accepted=bank.answers.part_unlisted is PartUnlisted.ACCEPTED,
        checks=_checks(product), service_level=product.service_level, local_instrument=product.local_instrument,
        currency=product.currency,
        overrides=bank.rules, directory=product.directory,
    )  # fmt: skip


def _calendar(bank: BankProfile, product: Product, calendars: Mapping[str, Calendar]) -> Calendar:
    """The days on which this bank and every system the product needs are open."""
    if product.instant:
        return ALWAYS
    named = [calendars[name] for name in (product.calendar, *product.calendars_too)]
    if bank.holidays:
        first = named[0]
        named.append(Calendar(name=bank.name, closed=bank.holidays, since=first.since, until=first.until))
    return together(named) if len(named) > 1 else named[0]


def _checks(product: Product) -> str:
    """The rule profile a product's payments are checked against."""
    if product.service_level == "SEPA":
        return "sepa-inst" if product.local_instrument == "INST" else "sepa-sct"
    return "iso"


def _table(path: Path, problems: list[Problem], overlay: Path | None) -> Table:
    chosen = overlay / path.name if overlay is not None and (overlay / path.name).exists() else path
    content: dict[str, Any] = {}
    try:
        content = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        problems.append(Problem(file=path.name, key="", message=f"cannot be read as TOML: {err}"))
    return Table(content=content, file=path.name, problems=problems)


def _settings(table: Table, environment: Mapping[str, str]) -> Settings:
    database, vault = table.table("database"), table.table("vault")
    api, intake, duplicates = table.table("api"), table.table("intake"), table.table("duplicates")
    webhooks, clock, work = table.table("webhooks"), table.table("clock"), table.table("work")
    escalation, door = table.table("escalation"), table.table("sign_in")
    clock_file, database_url = clock.optional("file"), database.text("url", "sqlite:///payhub.db")
    poll_every_s = work.number("poll_every_s", 0, most=3600)
    settings = Settings(
        database_url=environment.get("PAYHUB_DATABASE_URL") or database_url,
        vault_key=vault.secret("key") or "env:PAYHUB_VAULT_KEY",
        vault_key_id=vault.text("key_id", "k1", shape=r"[a-z0-9]{1,16}"),
        vault_old_keys=vault.table("old_keys").strings(),
        api_host=api.text("host", "127.0.0.1"),
        api_port=api.number("port", 8000, least=0, most=65_535),
        secure_cookies=api.flag("secure_cookies", default=True),
        intake_bytes_max=intake.number("size_max_mib", 128, least=1, most=2048) * MIB,
        intake_payments_max=intake.number("payments_max", 1_000_000, least=1, most=9_999_999),
        duplicate_days=duplicates.number("days", 30, least=1, most=3660),
        webhooks_allow_private=webhooks.flag("allow_private", default=False),
        clock_file=_path(environment.get("PAYHUB_CLOCK_FILE") or clock_file),
        poll_every_s=poll_every_s or None,
        opens_at=work.text("opens_at", "07:00", shape=r"\d\d:\d\d"),
        machines=machines(table.table("machines")),
        second_factor_required=door.text("second_factor", "offered", shape="offered|required") == "required",
        sign_in=sign_in(door),
        tls=tls(api),
        proxies=proxies(api),
        escalation=in_order(escalation.numbers("minutes_before", ESCALATION, least=1, most=MINUTES_OF_A_DAY)),
        proof=settings_proof.read(table),
    )
    for part in (database, vault, api, intake, duplicates, webhooks, clock, work, escalation, door, table):
        part.close()
    return settings


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _accounts(table: Table, banks: Mapping[str, BankProfile]) -> dict[str, OwnAccount]:
    found: dict[str, OwnAccount] = {}
    for row in table.tables("accounts"):
        iban, other = row.optional("iban"), row.optional("number")
        if (iban is None) == (other is None):
            row.complain("iban", "an account has its iban, or its number where its country has none")
        account = OwnAccount(
            number=(iban or other or "").replace(" ", ""),
            is_iban=iban is not None,
            currency=row.text("currency", shape=r"[A-Z]{3}"),
            entity=row.text("entity"),
            bank=row.text("bank"),
            name=row.text("name"),
        )
        row.close()
        if account.is_iban:
            try:
                Iban(account.number)
            except InvalidValue as err:
                row.complain("iban", err.message)
        if banks and account.bank not in banks:
            row.complain("bank", f"there is no bank profile {account.bank!r}")
        if account.number in found:
            row.complain("iban", "this account is there twice")
        found[account.number] = account
    if not found:
        table.complain("accounts", "at least one [[accounts]] is needed, or no batch can be taken in")
    table.close()
    return found
