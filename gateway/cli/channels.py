"""What ``payhub banks`` asks of the database: confirmed host keys, and channels that were stopped."""

from pathlib import Path
from typing import TYPE_CHECKING

from banks.settings import BankProfile
from gateway.cli.hub import opened

if TYPE_CHECKING:
    from gateway.wiring import Hub

ACTOR = "command line"
REASON_LENGTH_MIN, REASON_LENGTH_MAX = 3, 500


def confirmed_keys(config: Path, overlay: Path | None, profile: BankProfile) -> tuple[str, ...]:
    """Host keys that administrators confirmed for the bank's server; none where no database is set up yet."""
    from gateway.persistence.channels import Channels

    if not profile.place or not _is_set_up(config, overlay):
        return ()
    with opened(config, overlay) as hub, hub.reading() as connection:
        return tuple(one.key for one in Channels(connection=connection).host_keys(profile.name, profile.place))


def lifted(config: Path, overlay: Path | None, bank: str) -> bool:
    """Lets a stopped channel go on whose server was just seen to show a trusted key; says whether one was stopped."""
    from gateway.persistence import channel_desk

    if not _is_set_up(config, overlay):
        return False
    with opened(config, overlay) as hub, hub.unit_of_work(actor=ACTOR) as work:
        was_stopped = channel_desk.lift(work, bank, how="the server shows a trusted key again", pinned=False)
        work.commit()
        return was_stopped


def confirm(hub: "Hub", bank: str, *, token: str, fingerprint: str, reason: str, code: str | None) -> str:
    """One administrator's word, as a sentence about what is next."""
    from gateway.api import second_factor
    from gateway.api.auth import authenticate, entities_of_bank
    from gateway.domain.errors import NotFound, Unacceptable
    from gateway.persistence import channel_desk

    if bank not in hub.profiles:
        raise NotFound(f"There is no bank {bank}; there are: {', '.join(hub.profiles)}.")
    if not REASON_LENGTH_MIN <= len(reason.strip()) <= REASON_LENGTH_MAX:
        raise Unacceptable("Say why, in a few words; others will read it.", code="channel.reason")
    caller = authenticate(hub, f"Bearer {token}")
    second_factor.prove(hub, caller.id, code)
    with hub.unit_of_work(actor=caller.id) as work:
        row = channel_desk.confirm(
            work, bank, channel_desk.Administrator(id=caller.counts_as, name=caller.name, grants=caller.grants),
            fingerprint=fingerprint, reason=reason.strip(), place=hub.profiles[bank].place,
            entities=entities_of_bank(hub, bank),
        )  # fmt: skip
        work.commit()
    if row.stop_id is not None:
        return "Your word is counted; another administrator must confirm the same key."
    return f"The new key is pinned, and {bank} is connected again."


def _is_set_up(config: Path, overlay: Path | None) -> bool:
    """Whether there is a hub with a database of this version: a bank can be tried before there is one."""
    import os

    from sqlalchemy.exc import SQLAlchemyError

    from banks.secrets import SecretMissing
    from banks.strict import Misconfigured
    from gateway.persistence.migrations import is_current
    from gateway.wiring import build

    try:
        hub = build(config, os.environ, overlay=overlay)
    except (Misconfigured, SecretMissing):
        return False
    try:
        file = hub.engine.url.database if hub.engine.dialect.name == "sqlite" else None
        if file is not None and not Path(file).exists():
            return False  # opening it would make it
        return is_current(hub.engine)
    except SQLAlchemyError:
        return False
    finally:
        hub.close()
