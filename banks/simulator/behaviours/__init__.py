"""Behaviours: how the bank departs from the ordinary, each a small function found by name."""

from banks.simulator.behaviours.days import DAYS, DayPlan, UnorderedEntry
from banks.simulator.behaviours.files import FILES, FilePlan
from banks.simulator.behaviours.payments import PAYMENTS, PaymentPlan
from banks.simulator.behaviours.registry import Behaviour, Options
from banks.simulator.behaviours.wire import HTTP_WIRE, SFTP_WIRE, WirePlan

__all__ = [
    "DAYS",
    "FILES",
    "HTTP_WIRE",
    "PAYMENTS",
    "SFTP_WIRE",
    "Behaviour",
    "DayPlan",
    "FilePlan",
    "Options",
    "PaymentPlan",
    "UnorderedEntry",
    "WirePlan",
]
