"""Lists by the page: ``?after=`` the cursor of the page before, ``?limit=`` how many rows."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from gateway.persistence.queries import LIMIT_DEFAULT, LIMIT_MAX, Page

T = TypeVar("T")
After = Annotated[str | None, Query(max_length=80, pattern=r"^[\w.-]+$", description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Rows on one page.")]
SEQUENCE_MAX = 2**63 - 1
"""The largest number a database keeps; more is malformed, not a fault of ours."""
__all__ = ["LIMIT_DEFAULT", "SEQUENCE_MAX", "After", "Limit", "Listing", "listing", "sequence_of"]


class Listing(BaseModel, Generic[T]):
    """One page. ``next`` is the cursor of the page after it; null says that this was the last."""

    items: list[T]
    next: str | None


def sequence_of(text: str | None) -> int | None:
    """The sequence number a stream's client saw last, as its header says; None where that is no number of ours."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > len(str(SEQUENCE_MAX)):
        return None
    return min(int(text), SEQUENCE_MAX)


def listing(page: Page[T]) -> Listing[T]:
    """A page as the API shows it."""
    return Listing(items=page.items, next=page.next)
