"""People hear of a key that ends weeks before, once for each day the profile names."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import trustme
from sqlalchemy import select

from banks.settings import HttpsSettings
from banks.settings_pgp import PgpSettings
from gateway.persistence.tables import events
from gateway.scheduling import keys
from tests.gateway.stores import Store
from tests.pgp_keys import Drawer, fingerprint, made, ours, theirs

NOW = datetime.now(UTC)
"""The keys of the test are made now, so that this test looks at the real clock."""
WE, BANK, ENDLESS = made("We", days=100), made("Bank", days=400), made("Before")


class HubOfKeys:
    """What the look at keys needs of a hub."""

    def __init__(self, store, profiles, drawer):
        self.profiles = profiles
        self.secrets = drawer
        self.clock = SimpleNamespace(now=lambda: self.at)
        self.at = NOW
        self._store = store

    def unit_of_work(self, *, actor):
        return self._store.unit(actor=actor, at=self.at)

    def days_later(self, days):
        self.at = NOW + timedelta(days=days, hours=1)
        return keys.warn(self, actor="payhub")


@pytest.fixture
def hub(engine):
    drawer = Drawer()
    settings = PgpSettings(
        our_keys=(ours(drawer, "WE", WE), ours(drawer, "OLD", ENDLESS, current=False)),
        bank_keys=(theirs(drawer, "BANK", BANK),),
    )
    profile = SimpleNamespace(name="sealbank", pgp=settings, channel=None)
    return HubOfKeys(Store(engine), {"sealbank": profile}, drawer)


def told(engine):
    with engine.connect() as connection:
        query = select(events.c.data).where(events.c.type == "payhub.key.expires.v1").order_by(events.c.id)
        return [row.data for row in connection.execute(query)]


def test_each_warning_is_given_once_and_on_its_day(hub, engine):
    assert [hub.days_later(day) for day in (0, 39, 41, 42, 69, 71, 72, 92, 94, 95, 120)] == [
        0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0,
    ]  # fmt: skip
    found = told(engine)
    assert [(one["fingerprint"], one["owner"], one["days_left"]) for one in found] == [
        (fingerprint(WE), "ours", 58), (fingerprint(WE), "ours", 28), (fingerprint(WE), "ours", 5),
    ]  # fmt: skip
    assert {(one["bank"], one["kind"], one["current"]) for one in found} == {("sealbank", "OpenPGP key", True)}


def test_of_warnings_that_were_missed_only_the_last_is_given(hub, engine):
    assert hub.days_later(96) == 1
    assert hub.days_later(97) == 0
    assert [one["days_left"] for one in told(engine)] == [3]


def test_a_key_that_was_given_more_time_is_warned_of_anew(hub, engine):
    assert hub.days_later(50) == 1
    longer = made("We", days=105)
    settings = hub.profiles["sealbank"].pgp
    hub.profiles["sealbank"].pgp = PgpSettings(
        our_keys=(ours(hub.secrets, "WE", longer),), bank_keys=settings.bank_keys
    )
    assert hub.days_later(51) == 1
    assert len(told(engine)) == 2


def test_a_key_that_cannot_be_read_does_not_hide_the_others(hub):
    hub.secrets.put("BANK_PUBLIC", "nonsense")
    assert hub.days_later(50) == 1


def test_a_client_certificate_of_tls_is_looked_at_too(engine):
    certificate = trustme.CA().issue_cert("payhub.example.com", not_after=NOW + timedelta(days=20))
    drawer = Drawer()
    channel = HttpsSettings(
        base_url="https://bank.example.com", bearer="env:T",
        certificate=drawer.put("CERT", certificate.cert_chain_pems[0].bytes()), certificate_key="env:K",
    )  # fmt: skip
    profile = SimpleNamespace(name="apibank", pgp=None, channel=channel)
    assert HubOfKeys(Store(engine), {"apibank": profile}, drawer).days_later(0) == 1
    assert [(one["kind"], one["days_left"]) for one in told(engine)] == [("TLS certificate", 19)]
