"""Scheme rules: numbered, sourced, dated, and overridable by a bank's own values.

``check_payments(events, profile=…, as_of=…)`` checks a message given as events, whatever it was read from;
:class:`Checker` does the same in chunks. ``REGISTRY`` holds every rule, ``PROFILES`` every profile.
"""

from formats.rules import (
    addresses,
    cross_border,
    cross_border_details,
    direct_debit,
    general_batch,
    general_ids,
    general_payment,
    general_values,
    instant,
    schema,
    sepa,
    swiss,
    swiss_agents,
    united_kingdom,
    united_states,
)
from formats.rules.checker import Checker, check_payments
from formats.rules.context import History
from formats.rules.engine import REGISTRY, Found, Rule, Scope
from formats.rules.policy import InvalidOverride, UnknownProfile
from formats.rules.profiles import PROFILES, Profile

RULE_MODULES = (
    schema,
    general_batch,
    general_ids,
    general_payment,
    general_values,
    addresses,
    sepa,
    instant,
    swiss,
    swiss_agents,
    cross_border,
    cross_border_details,
    united_kingdom,
    united_states,
    direct_debit,
)
"""Where the rules are written down; importing them fills the registry."""

__all__ = [
    "PROFILES",
    "REGISTRY",
    "RULE_MODULES",
    "Checker",
    "Found",
    "History",
    "InvalidOverride",
    "Profile",
    "Rule",
    "Scope",
    "UnknownProfile",
    "check_payments",
]
