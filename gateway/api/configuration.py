"""``/v1/configuration``: what this hub runs with, how it differs from what was approved, and the two people's words."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from gateway import settings_changes
from gateway.api import second_factor
from gateway.api.auth import Caller, TheHub, needs
from gateway.api.signing import Code
from gateway.domain.errors import Conflict
from gateway.domain.roles import EVERY, Verb
from gateway.persistence import configuration_desk
from gateway.persistence.configuration_desk import Administrator
from gateway.wiring import Hub

router = APIRouter(tags=["configuration"])
AReader = Annotated[Caller, Depends(needs(Verb.CONFIG_SEE, person=True))]


def _of_every_entity(caller: Annotated[Caller, Depends(needs(Verb.CONFIG_DECIDE, person=True))]) -> Caller:
    """An administrator of all entities: what moves money moves everybody's."""
    caller.check(Verb.CONFIG_DECIDE, EVERY)
    return caller


ADecider = Annotated[Caller, Depends(_of_every_entity)]


class WordView(BaseModel):
    """What one person said."""

    person_name: str
    decision: str
    reason: str
    at: datetime


class ConfigurationView(BaseModel):
    """The running configuration of what moves money. ``changes`` are against what was approved last."""

    digest: str
    approved: bool
    changes: list[str]
    words: list[WordView]


class WordRequest(BaseModel):
    """A person's word about exactly this configuration."""

    digest: Annotated[str, Field(min_length=64, max_length=64)]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


@router.get("/configuration")
def get_configuration(hub: TheHub, _caller: AReader) -> ConfigurationView:
    """What runs here, and who agreed to it."""
    return _shown(hub)


@router.post("/configuration/proposal")
def propose(hub: TheHub, caller: ADecider, body: WordRequest) -> ConfigurationView:
    """Proposes what this hub runs with."""
    by = administrator(caller)
    if body.digest != hub.configuration.money_digest:
        raise Conflict("The hub runs with another configuration than you looked at.", code="config.other_digest")
    with hub.unit_of_work(actor=caller.id) as work:
        configuration_desk.propose(work, body.digest, hub.configuration.moves_money, by, body.reason)
        work.commit()
    return _shown(hub)


@router.post("/configuration/approval")
def approve(hub: TheHub, caller: ADecider, body: WordRequest, x_second_factor: Code = None) -> ConfigurationView:
    """Approves what another person proposed, with their second factor where they have one."""
    second_factor.prove(hub, caller.id, x_second_factor)
    by = administrator(caller)
    with hub.unit_of_work(actor=caller.id) as work:
        configuration_desk.approve(work, body.digest, by, body.reason)
        work.commit()
    return _shown(hub)


def administrator(caller: Caller) -> Administrator:
    """The person behind a caller: persons have a word about the configuration, not accounts."""
    return Administrator(id=caller.counts_as, name=caller.name)


def _shown(hub: Hub) -> ConfigurationView:
    digest, files = hub.configuration.money_digest, hub.configuration.moves_money
    with hub.reading() as connection:
        said = configuration_desk.words(connection, digest)
        return ConfigurationView(
            digest=digest, approved=configuration_desk.is_approved(connection, digest),
            changes=list(settings_changes.in_words(configuration_desk.approved_files(connection), files)),
            words=[WordView(person_name=o.person_name, decision=o.decision, reason=o.reason, at=o.at) for o in said],
        )  # fmt: skip
