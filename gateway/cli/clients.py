"""``payhub clients``: the ERPs that may hand over batches, each with a key and its legal entities."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, Config, Json, Overlay, opened, show

app = typer.Typer(help="API clients: the ERPs that hand over batches.", no_args_is_help=True)
COLUMNS = ("name", "key_prefix", "entities", "verbs", "certificate", "created_at", "disabled_at")
ACTOR = "command line"
CertificateFile = Annotated[
    Path | None,
    typer.Option(help="Its TLS certificate (PEM or DER): neither key nor token speaks for it without that one."),
]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What this client is called.")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    entity: Annotated[list[str], typer.Option(help="A legal entity it may pay for; may be repeated.")],
    verb: Annotated[
        list[str] | None, typer.Option(help="Only this, like batch.bring; may be repeated. Without it: all it may.")
    ] = None,
    certificate: CertificateFile = None,
) -> None:
    """Adds a client and shows its key, once."""
    from gateway.api import certificates, credentials
    from gateway.domain.errors import Conflict, Unacceptable
    from gateway.domain.roles import client_verbs
    from gateway.persistence.clients import Client, Clients

    with opened(config, overlay) as hub, hub.unit_of_work(actor=ACTOR) as work:
        known = {one.entity for one in hub.accounts.values()}
        unknown = sorted(set(entity) - known)
        if unknown:
            raise Unacceptable(
                f"No account belongs to {', '.join(unknown)}; there are: {', '.join(sorted(known))}.",
                code="client.unknown_entity",
            )
        clients = Clients(work.connection)
        if clients.with_name(name) is not None:
            raise Conflict(f"There is already a client called {name}.", code="client.known")
        fresh = credentials.mint(credentials.CLIENT_KEY, hub.ids)
        client = Client(
            id=work.new_id(), name=name, key_prefix=fresh.prefix, key_sha256=fresh.sha256, created_at=work.at,
            entities=frozenset(entity), verbs=client_verbs(verb) if verb else None,
            certificate=certificates.of_file(certificate) if certificate else None,
        )  # fmt: skip
        clients.add(client)
        bound = {"certificate": client.certificate} if certificate else {}
        work.note(action="client.added", subject=client.id, data={"name": name, "entities": sorted(entity)} | bound)
        work.commit()
    typer.echo("This key is shown once. Keep it as you keep a password.", err=True)
    print(fresh.text)


@app.command("list")
def list_clients(config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False) -> None:
    """Lists clients with the beginning of their keys."""
    from gateway.persistence.clients import Clients

    with opened(config, overlay) as hub, hub.reading() as connection:
        show(Clients(connection).all(), COLUMNS, as_json=as_json, hidden=("key_sha256",))


@app.command("bind")
def bind(
    name: str, config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, certificate: CertificateFile = None
) -> None:
    """Binds a client to a TLS certificate, or to another one; without --certificate to none any more."""
    from gateway.api import certificates
    from gateway.persistence.clients import Clients

    with opened(config, overlay) as hub, hub.unit_of_work(actor=ACTOR) as work:
        known = certificates.of_file(certificate) if certificate else None
        Clients(work.connection).bind(name, known)
        work.note(action="client.bound", subject=name, data={"certificate": known})
        work.commit()
    print(f"{name} needs the certificate {known}." if known else f"{name} needs no certificate.")


@app.command("disable")
def disable(name: str, config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Refuses a client's key from now on."""
    from gateway.persistence.clients import Clients

    with opened(config, overlay) as hub, hub.unit_of_work(actor=ACTOR) as work:
        Clients(work.connection).disable(name, work.at)
        work.note(action="client.disabled", subject=name, data={})
        work.commit()
    print(f"The key of {name} works no more.")
