"""Writes the generated parts of docs/ again: the two diagrams of states in path.md, the page of formats, and what a
scenario of the simulator can say.

``python tools/docs.py``; a test holds the committed pages to what this writes.
"""

from collections.abc import Iterable
from pathlib import Path

from banks.simulator import vocabulary
from formats import catalogue
from gateway.domain.lifecycle import EDGES, FILE_EDGES, Edge, FileEdge

DOCS = Path(__file__).resolve().parent.parent / "docs"


def diagram(edges: Iterable[Edge | FileEdge]) -> str:
    """The table of edges as a Mermaid state diagram: the step that takes an edge is its label."""
    lines = [f"    {edge.source} --> {edge.target}: {edge.step}" for edge in edges]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def reasons(edges: Iterable[Edge | FileEdge]) -> str:
    """The same as a table with the grounds of each move."""
    lines = [f"| {edge.source} | {edge.target} | {edge.step} | {edge.because} |" for edge in edges]
    return "\n".join(["| from | to | step | because |", "|---|---|---|---|", *lines])


def filled(page: str) -> str:
    """``page`` with those of the generated parts that it has made anew."""
    for name, text in (
        ("payments", f"{diagram(EDGES)}\n\n{reasons(EDGES)}"),
        ("files", f"{diagram(FILE_EDGES)}\n\n{reasons(FILE_EDGES)}"),
        ("scenarios", vocabulary.stories()),
        ("vocabulary", vocabulary.tables()),
    ):
        begin, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
        if begin not in page:
            continue
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}\n\n{text}\n\n{end}{after}"
    return page


def main() -> None:
    """Writes what changed."""
    for path in (DOCS / "path.md", DOCS / "simulator.md"):
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
    (DOCS / "formats.md").write_text(catalogue.page(), encoding="utf-8")


if __name__ == "__main__":
    main()
