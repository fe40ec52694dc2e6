"""OpenPGP with one bank as data: which keys are ours and the bank's, which of them count now, what is demanded."""

from dataclasses import dataclass

WARN_DAYS = (60, 30, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class OurKey:
    """One key pair of ours. ``secret`` (armoured) and ``passphrase`` are references; the fingerprint is written out in
    full, so that a file that was exchanged is noticed. ``current`` signs; the others still open what comes late.
    """

    fingerprint: str
    secret: str
    passphrase: str | None = None
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BankKey:
    """One public key of the bank (armoured, a reference). It is encrypted to ``current``; any of them may sign."""

    fingerprint: str
    public: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PgpSettings:
    """What is done to files on their way out, and what is demanded of documents on their way in."""

    our_keys: tuple[OurKey, ...]
    bank_keys: tuple[BankKey, ...]
    sign: bool = True
    encrypt: bool = True
    armour: bool = False
    require_signature: bool = True
    warn_days: tuple[int, ...] = WARN_DAYS
    """How many days before a key ends people are told, once each."""

    @property
    def signing(self) -> OurKey | None:
        """The key that signs what is sent, if anything is signed."""
        return next((key for key in self.our_keys if key.current), None) if self.sign else None

    @property
    def encryption(self) -> BankKey | None:
        """The key that what is sent is encrypted to, if anything is encrypted."""
        return next((key for key in self.bank_keys if key.current), None) if self.encrypt else None
