"""Whatever is done to a message, reading it answers or refuses; nothing else escapes."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from formats import read, render
from formats.errors import FormatError

GOLDEN = Path(__file__).parents[2] / "golden" / "camt"
DOCUMENTS = [
    (GOLDEN / f"{name}.xml").read_bytes() for name in ("camt.053.001.08", "camt.052.001.02", "camt.054.001.04")
]
TAGS = [
    "Amt",
    "CdtDbtInd",
    "Cd",
    "Dt",
    "Ntry",
    "TxDtls",
    "Stmt",
    "Bal",
    "Sts",
    "Id",
    "NtryDtls",
    "Othr",
    "Pty",
    "Chrgs",
]
SPLICES = [
    *(f"<{tag}>".encode() for tag in TAGS),
    *(f"</{tag}>".encode() for tag in TAGS),
    *(f"<{tag}/>".encode() for tag in TAGS),
    *(f"<{tag}>x</{tag}>".encode() for tag in TAGS),
    b"&amp;", b"&", b"<![CDATA[x]]>", b"<!-- x -->", b"<?x y?>", b"\x00", b"\xff", b"]]>", b" text ", b"-1", b"",
]  # fmt: skip


@st.composite
def mutated(draw):
    data = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from([0, 0, 1, 5, 40, 400]))
        data = data[:start] + draw(st.sampled_from(SPLICES)) + data[start + length :]
    return data


@st.composite
def restructured(draw):
    """Still well-formed: whole elements renamed, doubled, emptied or given another text."""
    data = draw(st.sampled_from(DOCUMENTS)).decode()
    for _ in range(draw(st.integers(1, 5))):
        tag, other = draw(st.sampled_from(TAGS)), draw(st.sampled_from(TAGS))
        match draw(st.integers(0, 3)):
            case 0:
                for old, new in ((f"<{tag}>", f"<{other}>"), (f"</{tag}>", f"</{other}>"), (f"<{tag} ", f"<{other} ")):
                    data = data.replace(old, new)
            case 1:
                data = data.replace(f"<{tag}>", f"<{tag}><{other}>1</{other}>", draw(st.integers(1, 3)))
            case 2:
                data = data.replace(f"</{tag}>", f"</{tag}><{other}/>", draw(st.integers(1, 3)))
            case 3:
                data = data.replace(
                    f"<{tag}>", f"<{tag}>{draw(st.sampled_from(['9', 'x', ' ', 'é', '2026-01-01']))}", 2
                )
    return data.encode()


def answers_or_refuses(data: bytes) -> bool:
    try:
        message = read(data)
    except FormatError:
        return True
    document = render.document(message, "x")
    return json.loads("".join(render.lines(data, "x"))) == document


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_cut_and_spliced_bytes_are_answered_or_refused(data):
    assert answers_or_refuses(data)


@settings(max_examples=300, deadline=None)
@given(restructured())
def test_elements_out_of_place_are_answered_or_refused(data):
    assert answers_or_refuses(data)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1))
def test_any_text_comes_back_as_it_was_written(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    data = DOCUMENTS[0].decode().replace("first line", escaped).encode()
    assert read(data).statements[0].entries[0].transactions[0].remittance[0] == text
