"""Behaviours: how the bank departs from the ordinary, each a small function found by name."""

from banks.simulator.behaviours.days import DAYS, LITTER, DayPlan, UnorderedEntry
from banks.simulator.behaviours.documents import DOCUMENTS, DocumentPlan
from banks.simulator.behaviours.files import FILES, FilePlan
from banks.simulator.behaviours.line import ACTS, LINE, LinePlan
from banks.simulator.behaviours.payments import PAYMENTS, PaymentPlan
from banks.simulator.behaviours.recalls import RECALLS, RecallPlan
from banks.simulator.behaviours.registry import Behaviour, Options
from banks.simulator.behaviours.statements import STATEMENTS, StatementPlan
from banks.simulator.behaviours.wire import HTTP_WIRE, SFTP_WIRE, WirePlan

__all__ = [
    "ACTS",
    "DAYS",
    "DOCUMENTS",
    "FILES",
    "HTTP_WIRE",
    "LINE",
    "LITTER",
    "PAYMENTS",
    "RECALLS",
    "SFTP_WIRE",
    "STATEMENTS",
    "Behaviour",
    "DayPlan",
    "DocumentPlan",
    "FilePlan",
    "LinePlan",
    "Options",
    "PaymentPlan",
    "RecallPlan",
    "StatementPlan",
    "UnorderedEntry",
    "WirePlan",
]
