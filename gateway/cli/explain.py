"""``payhub explain``: a rule, a status or a reason in plain words, who acts, and whether a retry helps."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from formats.explain import Explanation, Kind

EXIT_UNKNOWN = 1
EXIT_USAGE = 2

Codes = Annotated[list[str], typer.Argument(help="Rules (GEN-004), statuses (ACSP), reasons (AC04).")]
Kinds = Annotated[str | None, typer.Option("--kind", help="Only this list: reason, return, cancellation …")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a meaning.")]


def explain(codes: Codes, kind: Kinds = None, as_json: Json = False) -> None:
    """Says what codes mean, in every list that knows them. Exit code 1 where one is unknown."""
    from formats import explain as words

    if kind is not None and kind not in list(words.Kind):
        typer.echo(f"There is no list '{kind}'; there are: {', '.join(words.Kind)}.", err=True)
        raise typer.Exit(EXIT_USAGE)
    known = True
    for code in (code.upper() for code in codes):
        lists: list[Kind | None] = [words.Kind(kind)] if kind is not None else [*words.kinds_of(code)] or [None]
        for each in lists:
            said = words.explain(code, kind=each)
            known = known and said.known
            if as_json:
                print(json.dumps(asdict(said), ensure_ascii=False))
            else:
                _show(said)
    if not known:
        raise typer.Exit(EXIT_UNKNOWN)


def _show(said: "Explanation") -> None:
    kind = f" [{said.kind}]" if said.kind is not None else ""
    print(f"{said.code}{kind}: {said.name}")
    if said.meaning != said.name:
        print(f"  Means  {said.meaning}")
    print(f"  Acts   {said.who_acts}\n  Retry  {said.retry}\n  Source {said.source}")
