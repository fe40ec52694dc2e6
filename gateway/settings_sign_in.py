"""How people and machines prove who they are: ``[sign_in]`` and ``[machines]`` of payhub.toml."""

from dataclasses import dataclass

from banks.strict import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Whose tokens API clients may bring. ``jwks`` is a file or an https address; ``client_claim`` names the client."""

    issuer: str
    audience: str
    jwks: str
    client_claim: str
    one_time: bool


def machines(table: Table) -> Machines | None:
    """The rules for tokens, or None where there is no ``[machines]``."""
    if not table.content:
        return None
    found = Machines(
        issuer=table.text("issuer"), audience=table.text("audience"), jwks=table.text("jwks"),
        client_claim=table.text("client_claim", "sub"), one_time=table.flag("one_time", default=False),
    )  # fmt: skip
    if found.jwks.startswith("http://"):
        table.complain("jwks", "keys come by https or from a file, or anybody on the line could sign")
    table.close()
    return found
