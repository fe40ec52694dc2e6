"""People who look at bank details: who looked at what stands on the trail, never what they saw (promise P10)."""

from collections.abc import Mapping

from gateway.audit import digest_of
from gateway.wiring import Hub

VIEWED = "bank_details.viewed"
LISTED = "bank_details.listed"


FREE_TEXT = ("end_to_end_id", "reference")
"""What people type to find a payment may be about a person: of that the trail keeps a digest."""


def note_listing(
    hub: Hub, person_id: str, kind: str, count: int, *, subject: str | None = None,
    query: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """One row about a list that showed the accounts of ``count`` payments; a list of nothing showed nothing."""
    if not count:
        return
    asked = {
        name: digest_of({name: value}) if name in FREE_TEXT else value
        for name, value in (query or {}).items()
        if value not in (None, "", False)
    }
    with hub.unit_of_work(actor=person_id) as work:
        work.note(action=LISTED, subject=subject or kind, data={"of": kind, "count": count, "query": asked})
        work.commit()


def note_view(hub: Hub, person_id: str, kind: str, subject: str) -> None:
    """One row about one view of a payment's or a statement's accounts."""
    with hub.unit_of_work(actor=person_id) as work:
        work.note(action=VIEWED, subject=subject, data={"of": kind})
        work.commit()
