"""The bank itself: its memory, its day, and its doors.

``run()`` does everything that is due at the simulated now and is repeatable; a thread calls it a few times a second.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Self

from banks.simulator import sights
from banks.simulator.answering import answer_due, settle_due
from banks.simulator.behaviours import HTTP_WIRE, LINE, SFTP_WIRE, LinePlan, UnorderedEntry, WirePlan
from banks.simulator.booking import book_day, book_ruled, book_unordered
from banks.simulator.clock import SimulatedClock
from banks.simulator.config import BankConfig
from banks.simulator.days import BusinessDays
from banks.simulator.deciding import decide
from banks.simulator.documents import Desk, put_out
from banks.simulator.litter import strew
from banks.simulator.recalling import answer_recalls
from banks.simulator.receiving import Arrival, arrivals, receive
from banks.simulator.rules import Facts, RuleBook
from banks.simulator.statements import close_day, notify
from banks.simulator.store import Store, minor

PULSE_S = 0.15
"""Real seconds between two looks at the clock and the folder."""
SAME_NAME_MAX = 10_000
"""How often one file name may be used."""
DAYS_PER_RUN_MAX = 800
"""Business days one step of the clock may cross: three years."""


class SimulatedBank:
    """A bank in ``folder``, which it fills itself: ``root`` is what SFTP shows, ``bank.sqlite3`` what it remembers."""

    def __init__(self, config: BankConfig, folder: Path, clock: SimulatedClock) -> None:
        self.config = config
        self.folder = folder
        self.clock = clock
        self.days = BusinessDays(zone=config.timezone, holidays=config.holidays)
        self.root = folder.resolve() / "root"
        for name in ("in", "out", "done"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.store = Store(folder / "bank.sqlite3")
        self.being_written: set[Path] = set()
        """Paths some SFTP client has open for writing; their files are not taken yet."""
        self._acting = threading.Lock()
        self._stop = threading.Event()
        self._pulse: threading.Thread | None = None
        self._failure: BaseException | None = None
        self.when_host_key_changes: Callable[[], None] | None = None
        self._open()
        self._host_key_shown = self.host_key_number

    def _open(self) -> None:
        clock_day = self.days.on_or_after(self.days.date_of(self.clock.start()))
        with self.store.transaction() as connection:
            for position, account in enumerate(self.config.accounts):
                units, overdraft = (minor(value, account.currency) for value in (account.balance, account.overdraft))
                connection.execute(
                    "INSERT INTO accounts (number, position, currency, owner, balance, overdraft, closed, opening)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO NOTHING",
                    (
                        account.number,
                        position,
                        account.currency,
                        account.owner,
                        units,
                        overdraft,
                        account.closed,
                        units,
                    ),
                )
            if self.store.fact("day") is None:
                self.store.remember("day", clock_day.isoformat())
                self.store.remember("day_number", "1")
            uses = {row["rule"]: row["uses"] for row in self.store.rows("SELECT rule, uses FROM rule_uses")}
        self._book = RuleBook(self.config.rules, uses)
        self._uses_kept = dict(self._book.uses)
        self._recover()

    def _recover(self) -> None:
        """A file that was taken from the inbox but not written down when the bank stopped is written down now."""
        known = {row["kept_as"] for row in self.store.rows("SELECT kept_as FROM arrivals WHERE kept_as IS NOT NULL")}
        for path in sorted((self.root / "done").iterdir()):
            if path.name not in known and not path.name.startswith("."):
                self._record(path.name, path)

    def run(self) -> None:
        """Does what is due now: closes past days, takes files, answers, books, writes statements. Repeatable."""
        with self._acting:
            now = self.clock.now()
            self._advance(now)
            self._take_files(now)
            for arrival in self.store.rows("SELECT * FROM arrivals WHERE decided = 0 ORDER BY id"):
                with self.store.transaction() as connection:
                    decide(
                        connection, arrival, config=self.config, days=self.days, book=self._book, at=now,
                        business_day=self.day_number,
                    )  # fmt: skip
                    self._keep_uses(connection)
            self._advance(now)
            put_out(self.store, self.root / "out")
        # a door that opens anew waits for sessions that may wait for us, so not while we act
        if self.host_key_number != self._host_key_shown and self.when_host_key_changes is not None:
            self._host_key_shown = self.host_key_number
            self.when_host_key_changes()

    @property
    def host_key_number(self) -> int:
        """How many host keys the bank has had, from 1."""
        return int(self.store.fact("host_key") or 1)

    def _advance(self, now: datetime) -> None:
        """Lives through everything up to ``now`` in order: answers, the booking run, the end of each day."""
        with self.store.transaction() as connection:
            desk = Desk(connection=connection, store=self.store, config=self.config, days=self.days, book=self._book)
            for _ in range(DAYS_PER_RUN_MAX):
                day = date.fromisoformat(self.store.fact("day") or "")
                closing_at = self.days.at(day, self.config.statement_time)
                booking_at = self.days.at(day, self.config.booking_time)
                answer_due(desk, min(now, closing_at))
                answer_recalls(desk, day, min(now, booking_at, closing_at))
                if now >= booking_at:
                    self._book_day(desk, day, min(now, closing_at))
                    answer_recalls(desk, day, min(now, closing_at))
                if now < closing_at:
                    break
                close_day(desk, day, closing_at)
                self.store.remember("day", self.days.after(day).isoformat())
                self.store.remember("day_number", str(self.day_number + 1))
            self._keep_uses(connection)

    @property
    def day_number(self) -> int:
        """Business days since the bank opened, from 1."""
        return int(self.store.fact("day_number") or 0)

    def _book_day(self, desk: Desk, day: date, at: datetime) -> None:
        if self.store.fact("ruled_day") != day.isoformat():
            plan = book_ruled(desk.connection, self._book, day, self.day_number)
            self.store.remember("ruled_day", day.isoformat())
            strew(desk, plan.litter, day, at)
            if plan.change_host_key:
                self.store.remember("host_key", str(self.host_key_number + 1))
        book_day(desk.connection, day, self.days)
        settle_due(desk, at)
        notify(desk, day, at)

    def _keep_uses(self, connection: Connection) -> None:
        if self._book.uses != self._uses_kept:
            connection.executemany("INSERT OR REPLACE INTO rule_uses VALUES (?, ?)", list(self._book.uses.items()))
            self._uses_kept = dict(self._book.uses)

    def _take_files(self, now: datetime) -> None:
        """Moves each finished file to /done, and only then writes it down: it is never in neither place."""
        for path in sorted((self.root / "in").iterdir()):
            if path.name.startswith(".") or not path.is_file() or path in self.being_written:
                continue
            self._take(path, now)

    def _take(self, path: Path, now: datetime) -> None:
        kept = self.root / "done" / path.name
        for copy in range(2, SAME_NAME_MAX):
            if not kept.exists():
                break
            kept = self.root / "done" / f"{path.name}.{copy}"
        path.rename(kept)
        self._record(path.name, kept, now)

    def about_to_be_replaced(self, path: Path) -> None:
        """Takes a delivered file before another is put over it: both were handed over, so both are counted."""
        with self._acting:
            if path.is_file():
                self._take(path, self.clock.now())

    def _record(self, name: str, kept: Path, now: datetime | None = None) -> None:
        receive(
            self.store,
            kept.read_bytes(),
            channel="sftp",
            name=name,
            at=now or self.clock.now(),
            kept_as=kept.name,
        )

    def handed_over(self, facts: Facts) -> WirePlan:
        """What the scenario does to a hand-over at this moment; counts it."""
        with self.store.transaction() as connection:
            number = int(self.store.fact("hand_overs") or 0) + 1
            self.store.remember("hand_overs", str(number))
            table = HTTP_WIRE if facts.channel == "http" else SFTP_WIRE
            plan = self._book.plan(table, WirePlan(), replace(facts, file_number=number))
            self._keep_uses(connection)
            return plan

    def met(self, *, channel: str, act: str, file_name: str | None = None) -> LinePlan:
        """What the scenario does to somebody who acts at a door."""
        if not self._book.speaks_of(LINE):
            return LinePlan()
        with self.store.transaction() as connection:
            facts = Facts(channel=channel, act=act, file_name=file_name, business_day=self.day_number)
            plan = self._book.plan(LINE, LinePlan(), facts)
            self._keep_uses(connection)
            return plan

    def hide(self, name: str, plan: WirePlan, *, staged: str | None = None) -> None:
        """Does not show what was handed over just now, as long as ``plan`` says."""
        if plan.take_away:
            sights.hide(self.store, name, looks=0, until=None)
        elif plan.hide_looks or plan.hide_s:
            shown_from = sights.until(self.clock.now(), plan.hide_s)
            sights.hide(self.store, name, looks=plan.hide_looks, until=shown_from, staged=staged)

    def hidden(self) -> dict[str, str | None]:
        """Names that are not shown now, each with what is shown in its place."""
        return sights.hidden(self.store, self.clock.now())

    def is_hidden(self, name: str) -> bool:
        """Whether ``name`` is not shown now; this is a look at it."""
        found = name in self.hidden()
        if found:
            sights.looked(self.store, name)
        return found

    def book_now(self, entry: UnorderedEntry) -> None:
        """Books an entry that nobody ordered on the open business day."""
        with self.store.transaction() as connection:
            book_unordered(connection, entry, date.fromisoformat(self.store.fact("day") or ""))

    def arrivals(self) -> list[Arrival]:
        """Everything the bank ever received, in order."""
        return arrivals(self.store)

    def start(self) -> Self:
        """Starts the pulse; the bank acts by itself from now on."""
        self._pulse = threading.Thread(target=self._beat, name=f"bank-{self.config.name}", daemon=True)
        self._pulse.start()
        return self

    @property
    def is_alive(self) -> bool:
        """Whether the pulse has not been stopped by an error."""
        return self._failure is None

    def _beat(self) -> None:
        while not self._stop.wait(PULSE_S):
            try:
                self.run()
            except BaseException as err:
                self._failure = err
                raise

    def close(self) -> None:
        """Stops the pulse and closes the memory; raises what stopped the pulse before its time, if anything did."""
        self._stop.set()
        if self._pulse is not None:
            self._pulse.join()
        self.store.close()
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
