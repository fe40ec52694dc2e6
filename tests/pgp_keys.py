"""Keys made by the library itself, for tests that need no ``gpg``; and profiles' key rings over texts at hand."""

from dataclasses import dataclass, field

import pysequoia

from banks.secrets import SecretMissing
from banks.security import pgp_keys
from banks.settings_pgp import BankKey, OurKey, PgpSettings

DAY_S = 86_400


@dataclass
class Drawer:
    """Secrets by reference."""

    texts: dict[str, str] = field(default_factory=dict)

    def __call__(self, reference: str) -> str:
        if reference not in self.texts:
            raise SecretMissing(reference, "it is not in the drawer")
        return self.texts[reference]

    def put(self, name: str, text: str | bytes) -> str:
        reference = f"env:{name}"
        self.texts[reference] = text if isinstance(text, str) else text.decode()
        return reference


def made(name: str, days: int | None = None) -> pysequoia.Tsk:
    return pysequoia.Tsk.generate(name, validity_seconds=days * DAY_S if days else None)


def fingerprint(key: pysequoia.Tsk) -> str:
    return key.extract_certificate().fingerprint


def ours(drawer: Drawer, name: str, key: pysequoia.Tsk, *, current: bool = True) -> OurKey:
    return OurKey(fingerprint=fingerprint(key), secret=drawer.put(f"{name}_SECRET", str(key)), current=current)


def theirs(drawer: Drawer, name: str, key: pysequoia.Tsk, *, current: bool = True) -> BankKey:
    public = drawer.put(f"{name}_PUBLIC", str(key.extract_certificate()))
    return BankKey(fingerprint=fingerprint(key), public=public, current=current)


def ring(settings: PgpSettings, drawer: Drawer) -> pgp_keys.KeyRing:
    return pgp_keys.ring("bank", settings, drawer)
