"""Which payments of a batch somebody means, and the files they must be taken out of first."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gateway.domain.errors import NotFound
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.domain.payment_file import PaymentFile
from gateway.domain.ports import UnitOfWork


@contextmanager
def chosen(work: UnitOfWork, batch_id: str, payment_ids: Iterable[str] | None) -> Iterator[Selection]:
    """The payments named, or all of the batch. Until the commit nobody decides about the batch or builds its files.

    The work row is asked for at once: the batch's worker, who locks it first of all, then waits or is waited for, and
    never stands in the middle of a file.
    """
    work.batches.lock(batch_id)
    work.request("batch", batch_id)
    if payment_ids is None:
        yield Selection(batch_id=batch_id)
        return
    wanted = list(dict.fromkeys(payment_ids))
    mark = work.new_id()
    work.payments.mark(mark, wanted)
    where = Selection(batch_id=batch_id, marked=mark)
    if sum(one.count for one in work.payments.tally(where)) != len(wanted):
        raise NotFound(f"Not all of these are payments of the batch {batch_id}.")
    yield where
    work.payments.unmark(mark)


def openable(work: UnitOfWork, where: Selection, *, whole_too: bool) -> list[PaymentFile]:
    """The built files with some of these payments that may be taken apart, locked: what is left of them goes into a
    new file, so that the bank must have nothing of the old one. ``whole_too`` adds those of which nothing is left.
    """
    assert where.batch_id is not None, "files are taken apart for one batch"
    found = {one["file_id"]: one["count"] for one in work.payments.groups(where, State.GENERATED, "file_id")}
    return [
        file
        for file in work.files.lock_withdrawable(where.batch_id)
        if file.id in found
        and (
            all(one.left_nothing for one in work.files.attempts(file.id))
            or (whole_too and found[file.id] == file.count)
        )
    ]  # fmt: skip
