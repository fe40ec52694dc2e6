"""How the channel to each bank stands, and the host keys that two administrators confirmed."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from gateway.persistence.columns import Moment
from gateway.persistence.tables.base import CODE, ID, NAME, metadata

channels = Table(
    "channels",
    metadata,
    Column("bank", CODE, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("openings", Integer, nullable=False),
    Column("open_until", BigInteger, nullable=False),
    Column("since", Moment),
    Column("error", Text),
    Column("error_at", Moment),
    Column("probe_key", String(80)),
    Column("probe_fence", Integer),
    Column("stop_id", ID),
    Column("offered_key", Text),
    Column("offered_fingerprint", String(80)),
    Column("lifted_key", Text),
    Column("next_poll_at", BigInteger, nullable=False),
)

host_keys = Table(
    "host_keys",
    metadata,
    Column("bank", CODE, primary_key=True),
    Column("place", String(255), primary_key=True),
    Column("fingerprint", String(80), primary_key=True),
    Column("key", Text, nullable=False),
    Column("stop_id", ID, nullable=False),
    Column("confirmed_at", Moment, nullable=False),
)

key_confirmations = Table(
    "key_confirmations",
    metadata,
    Column("stop_id", ID, primary_key=True),
    Column("person_id", ID, primary_key=True),
    Column("bank", CODE, nullable=False),
    Column("fingerprint", String(80), nullable=False),
    Column("person_name", NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
