"""Lists by the page: ``?after=`` the cursor of the page before, ``?limit=`` how many rows."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from gateway.persistence.queries import LIMIT_DEFAULT, LIMIT_MAX, Page

T = TypeVar("T")
After = Annotated[str | None, Query(max_length=80, pattern=r"^[\w.-]+$", description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Rows on one page.")]
__all__ = ["LIMIT_DEFAULT", "After", "Limit", "Listing", "listing"]


class Listing(BaseModel, Generic[T]):
    """One page. ``next`` is the cursor of the page after it; null says that this was the last."""

    items: list[T]
    next: str | None


def listing(page: Page[T]) -> Listing[T]:
    """A page as the API shows it."""
    return Listing(items=page.items, next=page.next)
