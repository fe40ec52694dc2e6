import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.api import second_factor
from gateway.persistence.people import People
from tests.gateway.cli.test_hub_commands import environment, hub, payhub
from tests.gateway.hubs import MachineTime, Phone, add_person

__all__ = ["environment", "hub", "payhub"]
ENTITY = "ACME-AT"


@pytest.fixture
def cast(hub):
    """Anna approves, Ben may do nothing, Rita administrates: each with a token."""
    return {
        name: add_person(hub, name, roles=roles)[1]
        for name, roles in (("anna", ("approver",)), ("ben", ()), ("rita", ("administrator",)))
    }


def asked(payhub, cast):
    until = f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}"
    said = payhub(
        "people", "delegate", "ben", "--role", "approver", "--entity", ENTITY, "--until", until, "--reason", "on leave",
        "--token", cast["anna"],
    )  # fmt: skip
    return said.split()[-1]


def test_a_holder_delegates_an_administrator_confirms_and_the_colleague_ends_it(payhub, cast):
    number = asked(payhub, cast)
    assert '"right_of_name": "Anna"' not in payhub("people", "list", "--json")
    said = payhub("people", "confirm-delegation", number, "--token", cast["rita"])
    assert said == f"It is confirmed: Ben for Anna, approver for {ENTITY}.\n"
    assert '"right_of_name": "Anna"' in payhub("people", "list", "--json")
    said = payhub("people", "end-delegation", number, "--reason", "she is back", "--token", cast["ben"])
    assert said == f"It has ended: Ben for Anna, approver for {ENTITY}.\n"
    assert '"right_of_name": "Anna"' not in payhub("people", "list", "--json")
    assert number in payhub("people", "delegations")


def test_the_holder_does_not_confirm_it_and_an_administrator_has_none_to_give(payhub, cast):
    number = asked(payhub, cast)
    payhub("people", "confirm-delegation", number, "--token", cast["anna"], expect=1)
    days = ("--until", "2099-01-01", "--reason", "on leave")
    payhub(
        "people", "delegate", "ben", "--role", "approver", "--entity", ENTITY, *days, "--token", cast["rita"], expect=1
    )
    assert '"right_of_name": "Anna"' not in payhub("people", "list", "--json")


def test_retention_says_what_would_go_and_what_would_forget(payhub, tmp_path):
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    days = "".join(f"{kind}_days = 30\n" for kind in ("batches", "files", "documents"))
    (overlay / "payhub.toml").write_text(f"[retention]\n{days}personal_days = 60\n")
    said = payhub("retention", "run", "--overlay", overlay)
    assert "0 documents would go, and 0 batches and documents would forget whom they are about" in said
    assert "0 documents were removed, and 0 batches" in payhub("retention", "run", "--yes", "--overlay", overlay)
    (overlay / "payhub.toml").write_text("[retention]\nbatches_days = 90\npersonal_days = 60\n")
    payhub("retention", "run", "--overlay", overlay, expect=2)


def test_who_confirms_types_a_code_of_their_second_factor(hub, payhub, cast):
    with hub.reading() as connection:
        rita = People(connection).with_name("rita")
    hub.machine_ms = MachineTime()
    hub.machine_ms.ms = time.time_ns() // 1_000_000 - 30_000  # the commands live by the machine's own time
    phone = Phone(hub, rita)
    confirm = ("people", "confirm-delegation", asked(payhub, cast), "--token", cast["rita"])
    payhub(*confirm, expect=1)
    payhub(*confirm, "--code", phone.shows(), expect=1)
    assert payhub(*confirm, "--code", phone.next()).startswith("It is confirmed")


def test_two_administrators_take_a_lost_second_factor_away_by_commands(hub, payhub, cast):
    sven = add_person(hub, "sven", roles=("administrator",))[1]
    with hub.reading() as connection:
        anna = People(connection).with_name("anna")
    hub.machine_ms = MachineTime()
    Phone(hub, anna)
    why = ("--reason", "lost on the train")
    payhub("people", "reset-second-factor", "anna", *why, "--token", cast["anna"], expect=1)
    payhub("people", "reset-second-factor", "anna", *why, "--token", cast["rita"])
    payhub("people", "confirm-reset", "anna", "--token", cast["rita"], expect=1)
    payhub("people", "end-reset", "anna", *why, "--token", sven)
    assert second_factor.has_one(hub, anna.id)
    payhub("people", "reset-second-factor", "anna", *why, "--token", cast["rita"])
    said = payhub("people", "confirm-reset", "anna", "--token", sven)
    assert said.startswith("anna has no second factor any more")
    assert not second_factor.has_one(hub, anna.id)
