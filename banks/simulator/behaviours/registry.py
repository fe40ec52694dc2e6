"""Where behaviours are found by name: each is a small function that changes a plan, at one of the bank's moments.

A plan says what the bank is about to do; a behaviour gives it back changed. Adding one is one function under a
decorator in the module of its moment (``line``, ``wire``, ``files``, ``payments``, ``days``, ``statements``,
``documents``), nothing else. A wire behaviour belongs to one door, so that a rule is never used up at the other; a
line behaviour acts at both unless its rule says which.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

Plan = TypeVar("Plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a rule may say beside its behaviour's name. Each behaviour declares which of these it takes."""

    code: str = ""
    """An ISO reason code."""
    text: str = ""
    minutes: int = 0
    """Simulated minutes."""
    business_days: int = 2
    fee: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    difference: Decimal = Decimal(0)
    """Signed: what is booked more than was ordered."""
    direction: str = "credit"
    account: str = ""
    name: str = ""
    reference: str = ""
    status: int = 500
    """An HTTP status."""
    retry_after_s: int = 1
    committed: bool = False
    """Whether the bank keeps what it received although it says otherwise."""
    byte: int = 0
    """After how many bytes something happens."""
    bytes_per_s: int = 1000
    seconds: int = 0
    """Real seconds on the line, seconds of the bank's clock elsewhere."""
    looks: int = 0
    """How often somebody must look before it is shown."""
    parts: int = 2
    iso_status: str = ""
    """A status code as pain.002 writes it, known or not."""
    message: str = ""
    """A message name (``pain.002.001.99``)."""
    kind: str = ""
    entry: int = 1
    """Which entry of a statement, from 1; 0 is none."""
    entries: int = 1
    """Entries on one page."""
    page: int = 0
    """The page that never comes, from 1; 0 is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour(Generic[Plan]):
    """One way to act. ``needs`` are the options a rule must give, ``takes`` those it may; ``times`` is how often it
    acts where the rule does not say, None without limit.
    """

    name: str
    act: Callable[[Plan, Options], Plan]
    needs: frozenset[str]
    takes: frozenset[str]
    times: int | None = None


Act = Callable[[Plan, Options], Plan]
Table = dict[str, Behaviour[Plan]]


def entry(
    table: Table[Plan], name: str, *, needs: str = "", takes: str = "", times: int | None = None
) -> Callable[[Act[Plan]], Act[Plan]]:
    """Decorator: puts the function into ``table`` under ``name``; options are named in one blank-separated text."""

    def put(act: Act[Plan]) -> Act[Plan]:
        required = frozenset(needs.split())
        table[name] = Behaviour(
            name=name, act=act, needs=required, takes=required | frozenset(takes.split()), times=times
        )
        return act

    return put
