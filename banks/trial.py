from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One thing that was tried. ``ok`` is None where it was not tried; ``advice`` says what to do when it failed."""

    what: str
    ok: bool | None
    found: str
    advice: str = ""
