"""The profiles a message can be checked against, and the dated policies each ships with. All of it is data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A set of rules by name. ``overrides`` are its policies, in the form :mod:`formats.rules.policy` reads."""

    name: str
    title: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    collection: bool = False
    """True where the profile is about direct debits (pain.008)."""


_PROFILES = (
    Profile(name="iso", title="ISO 20022 without a scheme: what every bank expects"),
    Profile(name="sepa-sct", title="SEPA Credit Transfer, customer to bank (EPC132-08, 2025)"),
    Profile(name="sepa-inst", title="SEPA Instant Credit Transfer, customer to bank (EPC122-16, 2025)"),
    Profile(name="sepa-sdd", title="SEPA Direct Debit Core and B2B, customer to bank (EPC130-08)", collection=True),
    Profile(
        name="swiss",
        title="Swiss Payment Standards 2025 and 2026",
        # Printed end of free-line addresses in the Swiss business rules; no postponement is known there.
        overrides={"ADR-02": {"severity": "BLOCK", "from": "2026-11-20"}},
    ),
    Profile(name="cgi", title="CGI-MP, corporate to bank, cross-border"),
    Profile(name="cbpr", title="CBPR+ relay, one payment a message"),
    Profile(
        name="uk",
        title="United Kingdom: Faster Payments, Bacs, CHAPS",
        # Of the day in November 2027 on which CHAPS wants a purpose from everyone only the month is known.
        overrides={"UK-07": {"severity": "BLOCK", "from": "2027-11-01"}},
    ),
    Profile(
        name="us",
        title="United States: ACH and Fedwire",
        # Fedwire has taken no free-line addresses since this day; no postponement is known.
        overrides={"ADR-02": {"severity": "BLOCK", "from": "2026-11-16"}},
    ),
)
PROFILES: dict[str, Profile] = {profile.name: profile for profile in _PROFILES}
"""Every profile by name. Where a scheme postponed its address deadline (SEPA, CBPR+) ADR-02 stays a warning."""
SEPA = ("sepa-sct", "sepa-inst")
CROSS_BORDER = ("cgi", "cbpr")
