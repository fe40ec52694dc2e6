"""How a bank's API is reached: the table of a profile whose connector is ``https``, read strictly."""

import urllib.parse

from banks import settings
from banks.settings import DAY_S, TIMEOUT_S_MAX
from banks.strict import Table

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def https(table: Table) -> settings.HttpsSettings:
    """A bank API; what could not be read has a stand-in value and a line in ``table.problems``."""
    oauth = _oauth(table.table("oauth")) if "oauth" in table.content else None
    table.taken.add("oauth")
    read_ = settings.HttpsSettings(
        base_url=_url(table, "base_url"),
        bearer=table.secret("bearer"),
        oauth=oauth,
        ca_file=table.optional("ca_file"),
        certificate=table.secret("certificate"),
        certificate_key=table.secret("certificate_key"),
        pickup=_pickup_of_api(table),
        connect_timeout_s=table.number("connect_timeout_s", 20, least=1, most=TIMEOUT_S_MAX),
        io_timeout_s=table.number("io_timeout_s", 60, least=1, most=TIMEOUT_S_MAX),
        act_timeout_s=table.number("act_timeout_s", 900, least=1, most=DAY_S),
    )
    if ("bearer" in table.content) == (oauth is not None):
        table.complain("bearer", "either bearer or a table [channel.oauth] is needed, and not both")
    if ("certificate" in table.content) != ("certificate_key" in table.content):
        table.complain("certificate_key", "certificate and certificate_key belong together")
    return read_


def _pickup_of_api(table: Table) -> settings.Pickup:
    usual = settings.Pickup()
    return settings.Pickup(
        stable_wait_s=0,
        size_max=table.number("size_max", usual.size_max, least=1, most=4 * 1024 * settings.MIB),
    )


def _oauth(table: Table) -> settings.OAuthSettings:
    read_ = settings.OAuthSettings(
        token_url=_url(table, "token_url"),
        client_id=table.text("client_id"),
        client_secret=table.secret("client_secret", required=True) or "",
        scope=table.optional("scope"),
    )
    table.close()
    return read_


def _url(table: Table, key: str) -> str:
    text = table.text(key).rstrip("/")
    if text:
        parts = urllib.parse.urlsplit(text)
        plain_at_home = parts.scheme == "http" and parts.hostname in LOOPBACK
        if not parts.hostname or not (parts.scheme == "https" or plain_at_home):
            table.complain(key, f"{text!r} must be an https:// address (http:// is for this machine only)")
        if parts.username or parts.password or parts.query or parts.fragment:
            table.complain(key, "must not carry a user, a query or a fragment")
    return text
