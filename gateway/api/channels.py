"""``/v1/channels``: how the way to each bank stands, and the host keys that administrators confirm."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from gateway.api import second_factor
from gateway.api.auth import Caller, TheHub, entities_of_bank, needs
from gateway.api.signing import Code
from gateway.domain.roles import Verb
from gateway.persistence import channel_desk
from gateway.persistence.channel_desk import Administrator
from gateway.persistence.queries.channels import ChannelLine, get_channel, list_channels

router = APIRouter(tags=["channels"])
Looker = Annotated[Caller, Depends(needs(Verb.CHANNEL_SEE, person=True))]
Confirmer = Annotated[Caller, Depends(needs(Verb.HOST_KEY_CONFIRM, person=True))]


class Channelling(BaseModel):
    """Every channel, those in trouble first."""

    items: list[ChannelLine]


class KeyConfirmation(BaseModel):
    """An administrator's word: ``fingerprint`` is the one the bank told, not the one this hub shows."""

    fingerprint: Annotated[str, Field(min_length=20, max_length=100)]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


@router.get("/channels")
def list_all(hub: TheHub, _caller: Looker) -> Channelling:
    """How every channel stands."""
    with hub.reading() as connection:
        return Channelling(items=list_channels(connection, hub.profiles))


@router.get("/channels/{bank}")
def get_one(hub: TheHub, _caller: Looker, bank: str) -> ChannelLine:
    """How one channel stands."""
    with hub.reading() as connection:
        return get_channel(connection, hub.profiles, bank)


@router.post("/channels/{bank}/host-key")
def confirm_host_key(
    hub: TheHub, caller: Confirmer, bank: str, body: KeyConfirmation, x_second_factor: Code = None
) -> ChannelLine:  # fmt: skip
    """Confirms the new host key of a stopped channel; two different administrators must, each with their second factor
    where they have one.
    """
    second_factor.prove(hub, caller.id, x_second_factor)
    with hub.unit_of_work(actor=caller.id) as work:
        get_channel(work.connection, hub.profiles, bank)
        channel_desk.confirm(
            work, bank, Administrator(id=caller.counts_as, name=caller.name, grants=caller.grants),
            fingerprint=body.fingerprint, reason=body.reason, place=hub.profiles[bank].place,
            entities=entities_of_bank(hub, bank),
        )  # fmt: skip
        now = get_channel(work.connection, hub.profiles, bank)
        work.commit()
    return now
