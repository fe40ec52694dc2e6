"""What people may do. An administrator looks after the hub itself, and neither creates nor approves payments."""

from collections.abc import Iterable

from gateway.domain.errors import Forbidden, Unacceptable

APPROVER = "approver"
ADMINISTRATOR = "administrator"


def check_held(held: Iterable[str]) -> None:
    """Raises :class:`Unacceptable` where one person would both administrate and approve."""
    if {ADMINISTRATOR, APPROVER} <= set(held):
        raise Unacceptable(
            "An administrator neither creates nor approves payments: give the roles to two persons.",
            code="person.roles",
        )


def check_decides(held: Iterable[str]) -> None:
    """Raises :class:`Forbidden` for an administrator who would decide about payments."""
    if ADMINISTRATOR in set(held):
        raise Forbidden(
            "An administrator neither creates nor approves payments.", code="request.administrators_do_not_pay"
        )
