"""Where behaviours are found by name: each is a small function that changes a plan, at one of four moments.

A plan says what the bank is about to do; a behaviour gives it back changed. Adding one is one function under a
decorator in the module of its moment (``wire``, ``files``, ``payments``, ``days``), nothing else. A wire behaviour
belongs to one door, so that a rule is never used up at the other.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour(Generic[Plan]):
    """One way to act. ``needs`` are the options a rule must give, ``takes`` those it may."""

    name: str
    act: Callable[[Plan, Options], Plan]
    needs: frozenset[str]
    takes: frozenset[str]


Act = Callable[[Plan, Options], Plan]
Table = dict[str, Behaviour[Plan]]


def entry(table: Table[Plan], name: str, *, needs: str = "", takes: str = "") -> Callable[[Act[Plan]], Act[Plan]]:
    """Decorator: puts the function into ``table`` under ``name``; options are named in one blank-separated text."""

    def put(act: Act[Plan]) -> Act[Plan]:
        required = frozenset(needs.split())
        table[name] = Behaviour(name=name, act=act, needs=required, takes=required | frozenset(takes.split()))
        return act

    return put
