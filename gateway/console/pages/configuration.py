"""Configuration that moves money: what runs, how it differs from what two people approved last, and their words."""

import hmac
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway import settings_changes
from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.console.pages.decisions import reason_of
from gateway.console.pages.lists import Word
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, Form, TheVisitor, Visitor
from gateway.domain.errors import Conflict, Forbidden, NotFound
from gateway.domain.roles import EVERY, Verb
from gateway.persistence import configuration_desk
from gateway.persistence.configuration_desk import PROPOSED, Administrator
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
ACTS = ("propose", "approve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What this process runs with, and what people said about it. ``first`` means that nothing was approved yet."""

    digest: str
    files: dict[str, str]
    approved: bool
    first: bool
    changes: list[str]
    words: list[configuration_desk.Word]


@router.get("/configuration")
def show_running(request: Request, hub: TheHub, visitor: TheVisitor, did: Word = "") -> Response:
    """The running configuration, difference by difference."""
    visitor.check(Verb.CONFIG_SEE, None)
    now = _running(hub)
    return page(
        "configuration", request, hub, visitor, section="configuration", now_running=now, did=did, topic=None,
        next_act=_next(now), why_not=_why_not(now, visitor, _next(now)), two_people=hub.settings.proof.two_people,
    )  # fmt: skip


@router.get("/configuration/{act}")
def show_word(request: Request, hub: TheHub, visitor: TheVisitor, act: str) -> Response:
    """The page before a proposal or an approval."""
    visitor.check(Verb.CONFIG_DECIDE, EVERY)
    return _show(request, hub, visitor, act)


@router.post("/configuration/{act}")
def post_word(request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, act: str) -> Response:
    """Takes one administrator's word about exactly what was shown."""
    visitor.check(Verb.CONFIG_DECIDE, EVERY)
    if act not in ACTS:
        raise NotFound("There is no such page of the configuration.")
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    if not errors:
        try:
            _say(hub, visitor, act, form, reason)
        except (Conflict, Forbidden, NotFound) as err:
            errors["page"] = err.message
    if errors:
        return _show(request, hub, visitor, act, errors=errors, reason=reason, status=422)
    return RedirectResponse(f"{PATH}/configuration?did={act}", SEE_OTHER)


def _say(hub: Hub, visitor: Visitor, act: str, form: Form, reason: str) -> None:
    by = Administrator(id=visitor.person.counts_as, name=visitor.person.display_name)
    digest = hub.configuration.money_digest
    if not hmac.compare_digest(form.get("digest", "").encode(), digest.encode()):
        raise Conflict("The hub runs with another configuration than you looked at.", code="config.other_digest")
    if act == "approve":
        second_factor.prove(hub, visitor.person.id, form.get("code", ""))
    with hub.unit_of_work(actor=visitor.person.id) as work:
        if act == "propose":
            configuration_desk.propose(work, digest, hub.configuration.moves_money, by, reason)
        else:
            configuration_desk.approve(work, digest, by, reason)
        work.commit()


def _running(hub: Hub) -> Running:
    digest, files = hub.configuration.money_digest, hub.configuration.moves_money
    with hub.reading() as connection:
        before = configuration_desk.approved_files(connection)
        return Running(
            digest=digest, files=files, approved=configuration_desk.is_approved(connection, digest), first=not before,
            changes=list(settings_changes.in_words(before, files)), words=configuration_desk.words(connection, digest),
        )  # fmt: skip


def _next(now: Running) -> str | None:
    """What the running configuration needs next; None when it is approved."""
    if now.approved:
        return None
    return "approve" if now.words else "propose"


def _why_not(now: Running, visitor: Visitor, act: str | None) -> str | None:
    """Why this visitor cannot do that now, or None."""
    if not visitor.may(Verb.CONFIG_DECIDE, EVERY):
        return "Two administrators of all entities decide about it."
    if act != _next(now):
        return {
            None: "Two administrators approved it already.",
            "approve": "It is proposed already and waits for approval.",
            "propose": "Nobody proposed it yet; one administrator proposes it, and another one approves it.",
        }[_next(now)]  # fmt: skip
    mine = any(one.decision == PROPOSED and one.person_id == visitor.person.counts_as for one in now.words)
    return "You proposed it; another administrator must approve it." if act == "approve" and mine else None


def _show(
    request: Request, hub: Hub, visitor: Visitor, act: str, *, errors: dict[str, str] | None = None,
    reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    if act not in ACTS:
        raise NotFound("There is no such page of the configuration.")
    now = _running(hub)
    return page(
        "configuration_word", request, hub, visitor, status=status, section="configuration", now_running=now, act=act,
        errors=errors or {}, reason=reason, why_not=_why_not(now, visitor, act),
        asks_code=act == "approve" and second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip
