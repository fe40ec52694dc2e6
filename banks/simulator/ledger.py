"""The bank's books as a person asks for them."""

from banks.simulator.store import Store, major


def accounts(store: Store) -> list[dict[str, object]]:
    """Every account with its balance, amounts as text."""
    return [
        {
            "number": row["number"],
            "currency": row["currency"],
            "owner": row["owner"],
            "balance": f"{major(row['balance'], row['currency']):f}",
            "closed": bool(row["closed"]),
            "statements": row["sequence"],
        }
        for row in store.rows("SELECT * FROM accounts ORDER BY position")
    ]


def payments(store: Store) -> list[dict[str, object]]:
    """Every payment the bank took in hand, in order. ``state`` is accepted, rejected, cancelled, booked or returned."""
    rows = store.rows(
        "SELECT arrivals.message_id, blocks.payment_information_id, payments.* FROM payments"
        " JOIN blocks ON blocks.id = payments.block JOIN arrivals ON arrivals.id = payments.arrival"
        " ORDER BY payments.id"
    )
    return [
        {
            "message_id": row["message_id"],
            "payment_information_id": row["payment_information_id"],
            "instruction_id": row["instruction_id"],
            "end_to_end_id": row["end_to_end_id"],
            "amount": None if row["amount"] is None else f"{major(row['amount'], row['currency']):f}",
            "booked": f"{major(row['booked'], row['currency']):f}"
            if row["state"] not in ("rejected", "cancelled")
            else None,
            "currency": row["currency"],
            "state": row["state"],
            "reason_code": row["reason_code"],
            "due_day": row["due_day"],
            "return_day": row["return_day"],
        }
        for row in rows
    ]
