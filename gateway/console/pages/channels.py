"""Channels: how the way to each bank stands, and the page on which administrators confirm a new host key."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from banks.host_keys import blob_of, fingerprint
from banks.settings import SftpSettings
from gateway.api import second_factor
from gateway.api.auth import TheHub, entities_of_bank
from gateway.console.pages.decisions import reason_of
from gateway.console.pages.lists import Word
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, TheVisitor, Visitor
from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.roles import Verb
from gateway.persistence import channel_desk
from gateway.persistence.channel_desk import PERSONS_NEEDED, Administrator
from gateway.persistence.channels import Confirmation
from gateway.persistence.queries.channels import get_channel, list_channels
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303


@router.get("/channels")
def list_all(request: Request, hub: TheHub, visitor: TheVisitor) -> Response:
    """One row a bank, those in trouble first."""
    with hub.reading() as connection:
        rows = list_channels(connection, hub.profiles)
    return page(
        "channels", request, hub, visitor, section="channels", rows=rows, topic=None,
        troubled=[one for one in rows if one.state != "closed"],
        connectors={bank: profile.connector for bank, profile in hub.profiles.items()},
    )  # fmt: skip


@router.get("/channels/{bank}")
def show_channel(request: Request, hub: TheHub, visitor: TheVisitor, bank: str, did: Word = "") -> Response:
    """One channel, with the form for its new host key where it is stopped."""
    return _show(request, hub, visitor, bank, did=did)


@router.post("/channels/{bank}")
def confirm_key(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, bank: str
) -> Response:  # fmt: skip
    """Takes one administrator's word about the new host key."""
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    typed = form.get("fingerprint", "").strip()
    if not typed:
        errors["fingerprint"] = "Type the fingerprint the bank told you."
    if not errors:
        person = visitor.person
        try:
            second_factor.prove(hub, person.id, form.get("code", ""))
            with hub.unit_of_work(actor=person.id) as work:
                get_channel(work.connection, hub.profiles, bank)
                channel_desk.confirm(
                    work, bank, Administrator(id=person.counts_as, name=person.display_name, grants=visitor.grants),
                    fingerprint=typed, reason=reason, place=hub.profiles[bank].place,
                    entities=entities_of_bank(hub, bank),
                )  # fmt: skip
                work.commit()
        except Unacceptable as err:
            errors["fingerprint"] = err.message
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show(request, hub, visitor, bank, errors=errors, reason=reason, typed=typed, status=422)
    return RedirectResponse(f"{PATH}/channels/{bank}?did=confirm", SEE_OTHER)


def _show(
    request: Request, hub: Hub, visitor: Visitor, bank: str, *, errors: dict[str, str] | None = None, reason: str = "",
    typed: str = "", status: int = 200, did: str = "",
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        one = get_channel(connection, hub.profiles, bank)
    channel = hub.profiles[bank].channel
    pinned = [fingerprint(blob_of(line)) for line in channel.host_keys] if isinstance(channel, SftpSettings) else []
    return page(
        "channel", request, hub, visitor, status=status, section="channels", one=one, pinned=pinned,
        place=hub.profiles[bank].place, needed=PERSONS_NEEDED,
        why_not=_why_not(one.confirmations, visitor, entities_of_bank(hub, bank)),
        errors=errors or {}, reason=reason, typed=typed, did=did,
        asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip


def _why_not(given: list[Confirmation], visitor: Visitor, entities: frozenset[str]) -> str | None:
    """Why this visitor cannot confirm now, or None."""
    if not all(visitor.may(Verb.HOST_KEY_CONFIRM, one) for one in entities):
        return "Only an administrator may confirm a host key."
    if visitor.person.counts_as in {one.person_id for one in given}:
        return "You confirmed it. Another administrator must agree before anything connects."
    return None
