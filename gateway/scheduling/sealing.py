"""OpenPGP between the hub and its banks: whose keys, and what becomes of files and documents."""

from collections.abc import Iterator

from banks.errors import Refused
from banks.filenames import safe_name
from banks.security import pgp, pgp_keys
from banks.unwrapping import Layer, Limits, Member, Unopened
from gateway.domain.document import Document
from gateway.domain.payment_file import SealedFile
from gateway.wiring import Hub

KIND = "pgp"
SUFFIXES = (".pgp", ".gpg", ".asc")
UNSIGNED = "The document is not signed, and the bank's profile demands it. Ask who put it there."


def seal(hub: Hub, bank: str, content: bytes) -> SealedFile | None:
    """A file as its bank wants it; None where the profile has no ``[pgp]``. Raises ``Refused``."""
    settings = hub.profiles[bank].pgp
    if settings is None:
        return None
    made = pgp.seal(content, pgp_keys.ring(bank, settings, hub.secrets), at=hub.clock.now())
    return SealedFile(content=made.content, signed_by=made.signed_by, encrypted_to=made.encrypted_to)


def _unopened(_data: bytes, _name: str, _limits: Limits) -> Iterator[Member]:
    raise AssertionError("a message is opened before the transaction begins")


MESSAGE = Layer(kind=KIND, knows=pgp.is_message, opened=_unopened)
"""An OpenPGP message, not opened yet: that takes keys and time, see :func:`opened`."""


def opened(hub: Hub, document: Document, data: bytes, *, size_max: int) -> Layer:
    """The message opened and proven, as a layer that gives what was inside. Raises :class:`Unopened`."""
    settings = hub.profiles[document.bank].pgp
    if settings is None:
        raise Unopened("The document is an OpenPGP message, and the bank's profile has no table [pgp].")
    try:
        found = pgp.open_pgp(data, pgp_keys.ring(document.bank, settings, hub.secrets), size_max=size_max)
    except Refused as err:
        raise Unopened(err.message) from err

    def members(_data: bytes, name: str, limits: Limits) -> Iterator[Member]:
        if len(found.content) > limits.expanded_max:
            raise Unopened("What is inside of it, all together, is larger than is taken of one document.")
        shorter = name.rpartition(".")[0] if name.lower().endswith(SUFFIXES) else name
        yield Member(name=safe_name(shorter), data=found.content)

    return Layer(
        kind=KIND, knows=pgp.is_message, opened=members,
        facts={"signed_by": found.signer, "opened_by": found.opened_by},
    )  # fmt: skip


def demand(hub: Hub, document: Document) -> None:
    """Refuses what came in the clear from a bank that must sign. Raises :class:`Unopened`."""
    settings = hub.profiles[document.bank].pgp
    if settings is not None and settings.require_signature:
        raise Unopened(UNSIGNED)
