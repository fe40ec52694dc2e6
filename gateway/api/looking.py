"""People who look at bank details: who looked at what stands on the trail, never what they saw (promise P10)."""

from gateway.wiring import Hub

VIEWED = "bank_details.viewed"


def note_view(hub: Hub, person_id: str, kind: str, subject: str) -> None:
    """One row about one view of a payment's or a statement's accounts."""
    with hub.unit_of_work(actor=person_id) as work:
        work.note(action=VIEWED, subject=subject, data={"of": kind})
        work.commit()
