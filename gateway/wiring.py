"""The only place that builds concrete things: from the configuration to a hub that can open units of work."""

import secrets as randomness
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from banks.channel import Channel
from banks.pool import ChannelPool
from banks.registry import open_channel
from banks.secrets import Secrets, resolver
from banks.security.oauth import Shelf
from banks.settings import BankProfile, trusting
from gateway import clock as clocks
from gateway.anchors import Signer
from gateway.domain import ids
from gateway.domain.account import OwnAccount
from gateway.domain.approval import ApprovalPolicy
from gateway.domain.calendar import Calendar
from gateway.domain.errors import Misconfigured
from gateway.domain.hold import HoldPolicy
from gateway.domain.routing import Routes
from gateway.domain.work import Claim, Job
from gateway.origin import CURRENT
from gateway.persistence import column_keys, configuration_desk, configurations
from gateway.persistence.engine import READ_ONLY, open_engine
from gateway.persistence.key_ring import KEY_BYTES, KeyRing
from gateway.persistence.machine_time import DatabaseTime
from gateway.persistence.refusals import NOBODY, Kind, Refusals, network, write
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.persistence.work import Enqueue
from gateway.remote import Remote
from gateway.settings import Configuration, Settings, load

ANSWER_WITHIN = timedelta(hours=1)
"""For a bank that was taken out of the configuration while its files are still open."""


class RandomIds:
    """Ids from the machine's source of randomness."""

    def new(self, at: datetime) -> str:
        """A fresh id, see :class:`gateway.domain.ids.Ids`."""
        return ids.timed(at, randomness.randbits(80))

    def secret(self, size: int) -> bytes:
        """Unpredictable bytes."""
        return randomness.token_bytes(size)


def no_queue(_connection: Connection, job: Job) -> str:
    """For a hub that only reads or only takes in by hand: the sweep of a worker finds the work by its state."""
    return f"unqueued-{job.key}"[:40]


@dataclass(slots=True)
class Hub:
    """Everything a process needs, built once. ``enqueue`` is set by the process that has a queue."""

    configuration: Configuration
    engine: Engine
    ids: ids.Ids
    clock: clocks.Clock
    ring: KeyRing
    secrets: Secrets
    enqueue: Enqueue = no_queue
    machine_ms: Callable[[], int] = field(default=clocks.machine_ms)
    remote: Remote = field(default_factory=Remote)
    refusals: Refusals = field(default_factory=Refusals)
    channels: ChannelPool = field(init=False)

    def __post_init__(self) -> None:
        shelf = Shelf()
        self.channels = ChannelPool(
            opener=lambda profile: open_channel(profile, self.secrets, shelf=shelf), ticks=time.monotonic
        )

    @property
    def settings(self) -> Settings:
        """The hub's own settings."""
        return self.configuration.settings

    @property
    def profiles(self) -> Mapping[str, BankProfile]:
        """Bank profiles by name."""
        return self.configuration.banks

    @property
    def accounts(self) -> Mapping[str, OwnAccount]:
        """Our accounts by number."""
        return self.configuration.accounts

    @property
    def policy(self) -> ApprovalPolicy:
        """Who must agree, with the ways by which payments would leave."""
        return replace(self.configuration.policy, routes=self.routes, accounts=self.accounts)

    @property
    def holds(self) -> HoldPolicy:
        """How many persons lift a hold."""
        return self.configuration.holds

    @property
    def calendars(self) -> Mapping[str, Calendar]:
        """Calendars by name."""
        return self.configuration.calendars

    @property
    def routes(self) -> Routes:
        """Every bank's products."""
        return self.configuration.routes

    def profile(self, bank: str) -> BankProfile:
        """The profile of a bank that something is to be sent to; raises ``Misconfigured`` where it was taken away."""
        found = self.profiles.get(bank)
        if found is None:
            raise Misconfigured(
                f"There is no bank {bank} in the configuration any more, and something is on its way there. Put "
                f"banks/{bank}.toml back and restart the processes."
            )
        return found

    def answer_within(self, bank: str) -> timedelta:
        """How long a bank may take to answer about a file, as its first product says."""
        return next((route.answer_within for route in self.routes.get(bank, ())), ANSWER_WITHIN)

    def unit_of_work(self, *, actor: str, claim: Claim | None = None) -> UnitOfWork:
        """A transaction that may write; enter it, act, commit."""
        return UnitOfWork(
            self.engine, ids=self.ids, ring=self.ring, enqueue=self.enqueue, at=self.clock.now(),
            now_ms=self.machine_ms(), actor=actor, claim=claim, origin=CURRENT.get(),
        )  # fmt: skip

    @contextmanager
    def reading(self, *, still: bool = False) -> Iterator[Connection]:
        """A connection that only reads; takes no write lock on SQLite.

        ``still`` sees one moment however long it reads; SQLite always does.
        """
        options: dict[str, object] = {READ_ONLY: True}
        if still and self.engine.dialect.name != "sqlite":
            options["isolation_level"] = "REPEATABLE READ"
        with self.engine.connect().execution_options(**options) as connection:
            yield connection

    def refuse(self, what: str, *, who: str = NOBODY) -> None:
        """A key, token or sign-in was refused: says so on the trail, unless it does already (``tell_refusals``)."""
        self.tell_refusals()
        first = self.refusals.first(Kind(what, who, network(CURRENT.get().address)), self.machine_ms() // 1000)
        if first is not None:
            write(self._work_of, {first: 1}, following=False)

    def tell_refusals(self, *, all_of_them: bool = False) -> None:
        """Says on the trail how many refusals followed those it names, once their window is over."""
        ended = self.refusals.ended(None if all_of_them else self.machine_ms() // 1000)
        write(self._work_of, ended, following=True)

    def _work_of(self, actor: str) -> UnitOfWork:
        return self.unit_of_work(actor=actor)

    def note_configuration(self) -> None:
        """Says on the trail which configuration and which keys this process runs with, if that is not the last row."""
        proof = self.settings.proof
        keys = {"vault": self.ring.current, **({"anchor": proof.anchor_key_id} if proof.anchor_key else {})}
        with self.unit_of_work(actor="payhub") as work:
            if configurations.note_loaded(work, self.configuration.digests, keys):
                work.commit()

    def check_configuration(self) -> None:
        """Raises :class:`Misconfigured` where two people must agree to what moves money, and did not."""
        if self.settings.proof.two_people:
            with self.reading() as connection:
                configuration_desk.check(connection, self.configuration.money_digest)

    def signer(self) -> Signer | None:
        """Who signs anchors; None where no key is configured. Only for those who sign: it fetches the secret."""
        proof = self.settings.proof
        return None if proof.anchor_key is None else Signer(proof.anchor_key_id, self.secrets(proof.anchor_key))

    def public_keys(self) -> dict[str, str]:
        """What signatures of anchors are checked with, by key id; a key that is not named is taken from its secret."""
        proof, known = self.settings.proof, dict(self.settings.proof.anchor_public_keys)
        signer = self.signer() if proof.anchor_key_id not in known else None
        return known if signer is None else known | {signer.key_id: signer.public_key}

    def channel(self, bank: str, *, host_keys: tuple[str, ...] = ()) -> AbstractContextManager[Channel]:
        """A channel to a bank, lent from those that are open; connects when first used.

        ``host_keys`` are trusted beside the profile's: administrators confirmed them.
        """
        return self.channels.lend(trusting(self.profiles[bank], host_keys))

    def close(self) -> None:
        """Lets go of banks and database."""
        self.channels.close()
        self.engine.dispose()


def build(folder: Path, environment: Mapping[str, str], *, overlay: Path | None = None) -> Hub:
    """A hub from a configuration folder. Raises :class:`banks.strict.Misconfigured` with everything that is wrong."""
    today = datetime.now(UTC).date()
    configuration = load(folder, environment, today=_latest(today, environment), overlay=overlay)
    settings = configuration.settings
    secrets = resolver(environment)
    clock: clocks.Clock = clocks.SystemClock()
    if settings.clock_file is not None:
        clock = clocks.FileClock(settings.clock_file)
    engine, ring, new_ids = open_engine(settings.database_url), _ring(settings, secrets), RandomIds()
    column_keys.unlock(engine, ring=ring, secret=new_ids.secret)
    machine_ms: Callable[[], int] = clocks.machine_ms
    if engine.dialect.name != "sqlite":
        machine_ms = DatabaseTime(engine, machine_ms=clocks.machine_ms, passed_ms=clocks.passed_ms)
    return Hub(
        configuration=configuration,
        engine=engine,
        machine_ms=machine_ms,
        ids=new_ids,
        clock=clock,
        ring=ring,
        secrets=secrets,
    )


def _latest(today: date, environment: Mapping[str, str]) -> date:
    path = environment.get("PAYHUB_CLOCK_FILE")
    return clocks.FileClock(Path(path)).now().date() if path else today


def _ring(settings: Settings, secrets: Secrets) -> KeyRing:
    keys = {settings.vault_key_id: settings.vault_key, **settings.vault_old_keys}
    found = {}
    for key_id, reference in keys.items():
        try:
            found[key_id] = bytes.fromhex(secrets(reference))
        except ValueError as err:
            raise Misconfigured(
                f"The vault key {reference} is not hexadecimal.", code="configuration.vault_key"
            ) from err
        if len(found[key_id]) != KEY_BYTES:
            raise Misconfigured(
                f"The vault key {reference} has {len(found[key_id])} bytes; it must have {KEY_BYTES}.",
                code="configuration.vault_key",
            )
    return KeyRing(settings.vault_key_id, found)
