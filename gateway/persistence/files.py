"""Bank files, the attempts to hand them over, and the evidence that settles doubts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.domain import lifecycle
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.lifecycle import FileState
from gateway.domain.payment import Move
from gateway.domain.payment_file import Attempt, BankBatch, Evidence, PaymentFile
from gateway.domain.ruling import Ruling, Verdict
from gateway.persistence.tables import attempts, counters, evidence, file_moves, files, rulings
from gateway.persistence.totals import totals_from_json, totals_to_json


class Files:
    """The files of one unit of work."""

    def __init__(
        self, connection: Connection, *, at: datetime, actor: str, act: Callable[[], str], note: Any, emit: Any
    ) -> None:
        self._connection = connection
        self._at = at
        self._actor = actor
        self._act = act
        self._note = note
        self._emit = emit

    def next_number(self, bank: str) -> int:
        """The next file number of a bank, from a row: never used twice, gaps allowed."""
        name = f"file:{bank}"
        number = self._connection.execute(
            update(counters)
            .where(counters.c.name == name)
            .values(value=counters.c.value + 1)
            .returning(counters.c.value)
        ).scalar_one_or_none()
        if number is None:
            with self._connection.begin_nested() as point:
                try:
                    self._connection.execute(insert(counters).values(name=name, value=1))
                except IntegrityError:
                    point.rollback()
                else:
                    return 1
            return self.next_number(bank)
        return int(number)

    def add(self, file: PaymentFile, *, client_id: str) -> None:
        """Stores a generated file."""
        act = self._act()
        row = {name: getattr(file, name) for name in PaymentFile.__dataclass_fields__}
        row |= {
            "state": file.state.value,
            "totals": totals_to_json(file.totals),
            "bank_batches": [_batch_to_json(one) for one in file.bank_batches],
            "answer_overdue": False,
        }
        self._connection.execute(insert(files).values(**row))
        self._remember(act, file.id, file.version, "", file.state, step="generate", reason="the file was built")
        self._note(
            act=act, action="file.generated", subject=file.id,
            data={"bank": file.bank, "sha256": file.sha256, "count": file.count, "batch": file.batch_id,
                  "approval": file.approval_digest, "profile": file.profile_digest},
        )  # fmt: skip
        self._emit(
            "payhub.file.generated.v1", subject_kind="file", subject=file.id, number=file.version, act=act,
            client_id=client_id, data={"bank": file.bank},
        )  # fmt: skip

    def get(self, file_id: str) -> PaymentFile:
        """One file; raises :class:`NotFound`."""
        row = self._connection.execute(select(files).where(files.c.id == file_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no file {file_id}.")
        return _file(row)

    def known(self, file_id: str) -> bool:
        """Whether a file of this id (MsgId) is ours."""
        return self._connection.execute(select(files.c.id).where(files.c.id == file_id)).first() is not None

    def find(
        self, *, bank: str | None = None, batch_id: str | None = None, states: tuple[FileState, ...] = ()
    ) -> list[PaymentFile]:
        """Files of a bank or batch in some states, oldest first."""
        query = select(files).order_by(files.c.id)
        if bank is not None:
            query = query.where(files.c.bank == bank)
        if batch_id is not None:
            query = query.where(files.c.batch_id == batch_id)
        if states:
            query = query.where(files.c.state.in_([one.value for one in states]))
        return [_file(row) for row in self._connection.execute(query).mappings()]

    def lock(self, file_id: str) -> None:
        """Lets one transaction at a time decide about a file: two people who agree at one moment must see each other.
        Whoever also asks for work on the file does that first, as its worker does, or the two wait for each other.
        """
        self._connection.execute(select(files.c.id).where(files.c.id == file_id).with_for_update())

    def lock_withdrawable(self, batch_id: str) -> list[PaymentFile]:
        """The files of a batch that are not staged yet, locked. One that a worker is moving at this moment is left
        out and not waited for: a worker may wait for what the asker holds.
        """
        query = select(files).where(files.c.batch_id == batch_id, files.c.state == FileState.GENERATED.value)
        query = query.order_by(files.c.id).with_for_update(skip_locked=True)
        return [_file(row) for row in self._connection.execute(query).mappings()]

    def move(
        self, file: PaymentFile, target: FileState, *, step: str, reason: str, client_id: str, **assign: Any
    ) -> PaymentFile:
        """Moves one file by compare-and-set on state and version; raises :class:`Conflict` if it moved meanwhile."""
        lifecycle.file_allowed(file.state, target)
        act = self._act()
        changed = self._connection.execute(
            update(files)
            .where(files.c.id == file.id, files.c.state == file.state.value, files.c.version == file.version)
            .values(state=target.value, version=file.version + 1, **assign)
        ).rowcount
        if changed != 1:
            raise Conflict(f"The file {file.id} is no longer {file.state.value}.")
        self._remember(act, file.id, file.version + 1, file.state, target, step=step, reason=reason)
        self._note(
            act=act, action=f"file.{target.value}", subject=file.id,
            data={"from": file.state.value, "to": target.value, "step": step, "reason": reason},
        )  # fmt: skip
        self._emit(
            f"payhub.file.{target.value}.v1", subject_kind="file", subject=file.id, number=file.version + 1, act=act,
            client_id=client_id, data={"bank": file.bank, "reason": reason},
        )  # fmt: skip
        return replace(file, state=target, version=file.version + 1, **assign)

    def note_answer(self, file: PaymentFile, *, status: str | None, reason_code: str | None) -> None:
        """Keeps the bank's own word for the whole file beside its state."""
        self._connection.execute(
            update(files).where(files.c.id == file.id).values(iso_status=status, reason_code=reason_code)
        )

    def overdue(self, at: datetime) -> list[PaymentFile]:
        """Files whose bank should have answered by ``at``, did not, and were not reported yet; marks them reported."""
        query = select(files).where(
            files.c.state == FileState.SUBMITTED.value,
            files.c.answer_overdue.is_(False),
            files.c.answer_due_at.is_not(None),
            files.c.answer_due_at <= at,
        )
        found = [_file(row) for row in self._connection.execute(query).mappings()]
        for one in found:
            self._connection.execute(update(files).where(files.c.id == one.id).values(answer_overdue=True))
        return found

    def attempts(self, file_id: str) -> list[Attempt]:
        """Every attempt to hand a file over, oldest first."""
        query = select(attempts).where(attempts.c.file_id == file_id).order_by(attempts.c.number)
        return [Attempt(**row) for row in self._connection.execute(query).mappings()]

    def seal(self, file: PaymentFile, *, sha256: str, size: int) -> PaymentFile:
        """Writes down which bytes go to the bank, once for ever; raises :class:`Conflict` where others did before."""
        changed = self._connection.execute(
            update(files)
            .where(files.c.id == file.id, files.c.version == file.version, files.c.sealed_sha256.is_(None))
            .values(sealed_sha256=sha256, sealed_size=size)
        ).rowcount
        if changed != 1:
            raise Conflict(f"The file {file.id} was sealed or moved meanwhile.")
        return self.get(file.id)

    def begin_attempt(self, file: PaymentFile, *, attempt_id: str, fence: int, worker: str) -> Attempt:
        """Writes down an attempt before the first byte leaves; the caller commits before it acts."""
        number = self._connection.execute(
            select(func.coalesce(func.max(attempts.c.number), 0) + 1).where(attempts.c.file_id == file.id)
        ).scalar_one()
        attempt = Attempt(
            id=attempt_id, file_id=file.id, number=number, fence=fence, staging_name=f".{file.name}.{fence}.tmp",
            worker=worker, started_at=self._at,
        )  # fmt: skip
        self._connection.execute(
            insert(attempts).values(**{name: getattr(attempt, name) for name in Attempt.__dataclass_fields__})
        )
        return attempt

    def staged(self, attempt: Attempt) -> None:
        """The whole file stands at the bank under this attempt's staging name."""
        self._connection.execute(update(attempts).where(attempts.c.id == attempt.id).values(staged_at=self._at))

    def recall(self, attempt: Attempt) -> None:
        """Writes down that the attempt's staged copy is about to be taken away; the caller commits before it acts."""
        self._connection.execute(
            update(attempts)
            .where(attempts.c.id == attempt.id, attempts.c.recalled_at.is_(None))
            .values(recalled_at=self._at)
        )

    def end_attempt(self, attempt: Attempt, outcome: str, detail: str) -> None:
        """What became of an attempt. Until this is written, nobody knows, and that is what in doubt means."""
        self._connection.execute(
            update(attempts)
            .where(attempts.c.id == attempt.id, attempts.c.outcome.is_(None))
            .values(finished_at=self._at, outcome=outcome, detail=detail)
        )

    def add_evidence(self, file_id: str, kind: str, text: str) -> None:
        """Keeps what proved something about a file."""
        self._connection.execute(
            insert(evidence).values(file_id=file_id, kind=kind, text=text, at=self._at, actor=self._actor)
        )

    def evidence(self, file_id: str) -> list[Evidence]:
        """Everything that proved something about a file, oldest first."""
        query = select(evidence).where(evidence.c.file_id == file_id).order_by(evidence.c.id)
        return [
            Evidence(file_id=row.file_id, kind=row.kind, text=row.text, at=row.at, actor=row.actor)
            for row in self._connection.execute(query)
        ]

    def add_ruling(self, ruling: Ruling) -> None:
        """Stores what a person said about a file; it is never changed."""
        self._connection.execute(
            insert(rulings).values(**{name: getattr(ruling, name) for name in Ruling.__dataclass_fields__})
        )

    def rulings(self, file_id: str) -> list[Ruling]:
        """Everything people said about a file, in the order they said it."""
        return rulings_of(self._connection, file_id)

    def history(self, file_id: str) -> list[Move]:
        """Every move of a file, oldest first."""
        query = select(file_moves).where(file_moves.c.file_id == file_id).order_by(file_moves.c.version)
        return [
            Move(
                subject=file_id, version=row.version, source=row.source, target=row.target, step=row.step,
                reason=row.reason, actor=row.actor, at=row.at, act=row.act,
            )
            for row in self._connection.execute(query)
        ]  # fmt: skip

    def _remember(
        self, act: str, file_id: str, version: int, source: str, target: FileState, *, step: str, reason: str
    ) -> None:
        self._connection.execute(
            insert(file_moves).values(
                file_id=file_id, version=version, source=str(source), target=target.value, step=step, reason=reason,
                actor=self._actor, at=self._at, act=act,
            )
        )  # fmt: skip


def rulings_of(connection: Connection, file_id: str) -> list[Ruling]:
    """Everything people said about a file, for whoever only reads."""
    query = select(rulings).where(rulings.c.file_id == file_id).order_by(rulings.c.id)
    return [
        Ruling(**{name: row[name] for name in Ruling.__dataclass_fields__} | {"verdict": Verdict(row["verdict"])})
        for row in connection.execute(query).mappings()
    ]


def _batch_to_json(batch: BankBatch) -> dict[str, Any]:
    return {
        "id": batch.id, "debtor_account": batch.debtor_account, "currency": batch.currency,
        "value_date": batch.value_date.isoformat(), "product": batch.product, "count": batch.count,
        "total": format(batch.total, "f"),
    }  # fmt: skip


def _file(row: RowMapping) -> PaymentFile:
    values = {name: row[name] for name in PaymentFile.__dataclass_fields__}
    values["state"] = FileState(values["state"])
    values["totals"] = totals_from_json(values["totals"])
    values["bank_batches"] = tuple(_batch_from_json(one) for one in values["bank_batches"])
    return PaymentFile(**values)


def _batch_from_json(one: dict[str, Any]) -> BankBatch:
    return BankBatch(
        id=one["id"], debtor_account=one["debtor_account"], currency=one["currency"],
        value_date=date.fromisoformat(one["value_date"]), product=one["product"], count=one["count"],
        total=Decimal(one["total"]),
    )  # fmt: skip
