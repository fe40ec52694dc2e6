"""The only user of lxml: hardened reading of bank XML, element by element, checked against a schema on the way.

No DTD, no entities, no network. A document is refused by a named limit before it can grow: the prolog must end within
the first 64 KiB, elements nest at most 256 deep, and no single record (an entry, a payment) takes more than 8 MiB.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from lxml import etree

from formats import prolog
from formats.counting import Counted, Relief
from formats.errors import FormatError, TooLarge, Unreadable
from formats.prolog import Look
from formats.source import Feed, Name, Source, opened
from formats.xml_tail import Watched

DEPTH_MAX = 256
"""How deep elements may nest, in levels: libxml2's own limit, which stays on."""
TEXT_BYTES_MAX = 10_000_000
"""How long one text may be, in bytes: libxml2's own limit, which stays on."""
TREE_BYTES_MAX = 64 * 1024 * 1024
"""How large, in bytes, a document may be that is read as one tree."""
FAULTS_MAX = 100
"""How many schema violations are told; the rest is counted."""
CHUNK_BYTES = 32 * 1024

Element = etree._Element  # noqa: SLF001 - lxml gives its element type no public name

_HARDENED: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_CHECKED: dict[str, Any] = {"resolve_entities": "internal"}
"""Beside a schema: libxml2 forgets every well-formedness error, even a document cut short, where entities are left
unresolved. Nothing can be resolved, since :func:`look` refuses a document that could declare an entity."""
_BRACES = re.compile(r"\{[A-Za-z][A-Za-z0-9+.-]*:[^}]*\}")
"""A namespace before a name; braces of a pattern or of a set of values stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One violation of the schema. ``kind`` is libxml2's name for it (``SCHEMAV_ELEMENT_CONTENT``)."""

    line: int | None
    message: str
    kind: str
    path: str | None = None

    @property
    def element(self) -> str | None:
        """The element complained of, without its namespace, where the message names it."""
        found = re.match(r"Element '([^']+)'", self.message)
        return found.group(1) if found else None


class Schema:
    """A compiled XSD. Compiling costs tens of milliseconds, so keep it; it may be used by one thread at a time."""

    __slots__ = ("compiled",)

    def __init__(self, compiled: etree.XMLSchema) -> None:
        self.compiled = compiled

    def faults(self, element: Element) -> tuple[Fault, ...]:
        """What is wrong with a tree that was read whole, with paths (``FAULTS_MAX`` at most)."""
        if self.compiled.validate(element):
            return ()
        prefixes = _prefixes(element)
        log = _entries(self.compiled.error_log)[:FAULTS_MAX]
        return tuple(_placed(_fault(entry), element, prefixes) for entry in log)


class Proof:
    """Checks a document as it is written, chunk by chunk, and keeps none of it.

    ``feed`` and ``close`` give how many violations are known so far; where they are, only the writer can say.
    """

    __slots__ = ("_parser",)

    def __init__(self, schema: Schema) -> None:
        # a target without a method for anything: libxml2 checks, and neither a tree nor a Python call is made
        self._parser = etree.XMLParser(target=cast(Any, _Nothing()), schema=schema.compiled, **_HARDENED)

    def feed(self, data: bytes) -> int:
        """Raises :class:`Unreadable` where the XML itself is broken."""
        try:
            self._parser.feed(data)
        except etree.XMLSyntaxError as err:
            raise _refusal(err) from err
        # error_log stays empty and close() says nothing of violations: only the log of the feed knows them
        return len(_entries(self._parser.feed_error_log))

    def close(self) -> int:
        """Raises :class:`Unreadable` where the document is not at its end."""
        known = len(_entries(self._parser.feed_error_log))
        try:
            self._parser.close()
        except etree.XMLSyntaxError as err:
            if not known:
                raise _refusal(err) from err
        return max(known, len(_entries(self._parser.feed_error_log)))


class _Nothing:
    """A parser target that wants to hear of nothing."""

    def close(self) -> None:
        """The end of the document."""


def compile_schema(xsd: bytes, *, envelope: Name | None = None) -> Schema:
    """Compiles one self-contained XSD; with ``envelope``, a schema that lets that root hold anything and checks the
    Document where it comes. Raises :class:`Unreadable` where the XSD itself is wrong.
    """
    try:
        if envelope is None:
            return Schema(etree.XMLSchema(etree.fromstring(xsd, _parser())))
        parser = _parser()
        parser.resolvers.add(_InMemory(xsd))
        return Schema(etree.XMLSchema(etree.fromstring(_wrapper(xsd, envelope), parser)))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as err:
        raise Unreadable(f"The schema cannot be used: {_plain(str(err))}", code="xml.schema") from err


def look(head: bytes) -> Look:
    """What a document is, from its first bytes (``formats.source.peek``). Raises :class:`Unreadable` for a DTD, an
    unknown encoding, or a head without an element.
    """
    prolog.refuse_dtd(head)
    return _first_names(head)


class Walk:
    """The records of one document, in document order of their ends, each freed when the next one is asked for.

    ``tags`` are qualified (``{namespace}Ntry``). While a record is in hand its parents and what came before it are
    still there (``record.getparent()``), except records already given. A record inside a record comes first. After
    the last one, ``faults`` holds what the schema found and ``fault_count`` how many there were. ``relief`` may take
    finished parts out of a record that passes ``RELIEF_BYTES``, and says whether it did.
    """

    def __init__(
        self, feed: Feed, tags: Collection[str], *, schema: Schema | None = None, relief: Relief | None = None
    ) -> None:
        self._root = look(feed.head).root
        self._watched = Watched(feed)
        self._source = Counted(self._watched, relief)
        self._tags = tuple(tags)
        self._schema = schema
        self.faults: tuple[Fault, ...] = ()
        self.fault_count = 0

    def __iter__(self) -> Iterator[Element]:
        """Raises :class:`Unreadable` or :class:`TooLarge` as soon as the document shows why."""
        source = self._source
        root = _qualified(self._root)
        # the root is asked for as well: that its end came proves that the document was not cut short
        context = etree.iterparse(
            source,
            events=("end",),
            tag=(*self._tags, root),
            schema=None if self._schema is None else self._schema.compiled,
            remove_blank_text=True,
            **(_HARDENED if self._schema is None else _HARDENED | _CHECKED),
        )
        previous: Element | None = None
        ended = False
        try:
            for _, element in context:
                if element.getparent() is None:
                    ended = True
                    if root not in self._tags:
                        continue
                if previous is not None:
                    parent = previous.getparent()
                    if parent is not None:
                        parent.remove(previous)
                yield element
                source.release(element)
                element.clear()
                previous = element
        except etree.XMLSyntaxError as err:
            log = _entries(context.error_log)
            broken = [entry for entry in log if entry.domain != etree.ErrorDomains.SCHEMASV]
            if broken or not log or not ended or not self._watched.ends_with(self._root.local):
                raise _refusal(err, broken) from err
            self.fault_count = len(log)
            self.faults = self._explained() or tuple(_fault(entry) for entry in log[:FAULTS_MAX])
        else:
            if not ended:
                raise Unreadable("The document ends before its last element does.", code="xml.not_well_formed")

    def _explained(self) -> tuple[Fault, ...]:
        """The faults with line and path, where the document is small enough to have been kept. Raises
        :class:`Unreadable` for what the schema's faults had hidden.
        """
        data = self._watched.whole()
        if data is None or self._schema is None:
            if self._watched.entity_seen:
                raise Unreadable("An entity is used, which bank messages never do.", code="xml.entity")
            return ()
        try:
            return self._schema.faults(etree.fromstring(data, _parser()))
        except etree.XMLSyntaxError as err:
            raise _refusal(err) from err


def tree(source: Source) -> Element:
    """A whole document as one tree, up to ``TREE_BYTES_MAX``. Raises as :class:`Walk` does."""
    with opened(source) as feed:
        look(feed.head)
        data = feed.read(TREE_BYTES_MAX + 1)
        while len(data) <= TREE_BYTES_MAX and (more := feed.read(TREE_BYTES_MAX + 1 - len(data))):
            data += more
    if len(data) > TREE_BYTES_MAX:
        raise TooLarge("The document", limit=TREE_BYTES_MAX, unit="bytes")
    try:
        return etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as err:
        raise _refusal(err) from err


def markup(element: Element) -> str:
    """A record as text, without what follows it."""
    return etree.tostring(element, encoding="unicode", with_tail=False)


def local(element: Element) -> str:
    """The name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str | None:
    """The namespace, or None."""
    return str(element.tag).rpartition("}")[0][1:] or None


def path(element: Element) -> str:
    """Where an element stands: ``Document/BkToCstmrStmt/Stmt/Ntry[3]``, positions counted from 1 among its like."""
    steps: list[str] = []
    here: Element | None = element
    while here is not None:
        before = sum(1 for _ in here.itersiblings(here.tag, preceding=True))
        steps.append(f"{local(here)}[{before + 1}]" if before else local(here))
        here = here.getparent()
    return "/".join(reversed(steps))


class _InMemory(etree.Resolver):
    """Answers the one import our own wrapper schema makes, and nothing else."""

    def __init__(self, xsd: bytes) -> None:
        super().__init__()
        self._xsd = xsd

    # lxml-stubs knows another signature than lxml has
    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        del public_id
        known = system_url == "payhub:document"
        return self.resolve_string(self._xsd if known else b"", context)  # type: ignore[call-arg]


def _wrapper(xsd: bytes, envelope: Name) -> bytes:
    schema_ns = "http://www.w3.org/2001/XMLSchema"
    target = etree.fromstring(xsd, _parser()).get("targetNamespace") or ""
    root = etree.Element(f"{{{schema_ns}}}schema", nsmap={"xs": schema_ns})
    if envelope.namespace is not None:
        root.set("targetNamespace", envelope.namespace)
    etree.SubElement(root, f"{{{schema_ns}}}import", namespace=target, schemaLocation="payhub:document")
    etree.SubElement(root, f"{{{schema_ns}}}element", name=envelope.local)
    return etree.tostring(root)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(**_HARDENED)


def _first_names(head: bytes) -> Look:
    parser = etree.XMLPullParser(events=("start", "end"), **_HARDENED)
    root: Name | None = None
    document: Name | None = None
    definition: str | None = None
    try:
        for at in range(0, len(head), CHUNK_BYTES // 8):
            parser.feed(head[at : at + CHUNK_BYTES // 8])
            events: Iterator[tuple[str, Any]] = parser.read_events()
            for event, element in events:
                name = _name(element)
                if event == "end":
                    if name.local == "MsgDefIdr" and definition is None:
                        definition = (element.text or "").strip() or None
                    continue
                if document is not None:
                    return Look(root=root or name, document=document, payload=name, definition=definition)
                root = root or name
                if name.local == "Document":
                    document = name
    except etree.XMLSyntaxError as err:
        if root is None:
            raise _refusal(err) from err
    if root is None:
        raise Unreadable("No XML element begins within the first 64 KiB.", code="xml.no_root", line=1)
    return Look(root=root, document=document, payload=None, definition=definition)


def _qualified(name: Name) -> str:
    return f"{{{name.namespace}}}{name.local}" if name.namespace else name.local


def _name(element: Element) -> Name:
    namespace, _, name = str(element.tag).rpartition("}")
    return Name(namespace=namespace[1:] or None, local=name)


def _plain(message: str) -> str:
    return _BRACES.sub("", message).strip()


def _fault(entry: Any) -> Fault:
    return Fault(
        line=entry.line or None,
        message=_plain(entry.message),
        kind=entry.type_name,
        path=_plain(entry.path or "") or None,
    )


def _prefixes(root: Element) -> dict[str, str]:
    """The prefixes of a document and its envelope, which libxml2 writes into its paths."""
    tree = root.getroottree().getroot()
    return {element.prefix: _name(element).namespace or "" for element in tree.iter(etree.Element) if element.prefix}


def _placed(fault: Fault, root: Element, prefixes: dict[str, str]) -> Fault:
    """The fault with a path of names instead of libxml2's path of positions."""
    found: Any = root.getroottree().xpath(fault.path, namespaces=prefixes) if fault.path else None
    return replace(fault, path=path(found[0])) if isinstance(found, list) and found else fault


def _entries(log: Any) -> list[Any]:
    return list(log)


def _refusal(err: etree.XMLSyntaxError, broken: Collection[Any] = ()) -> FormatError:
    first = next(iter(broken), None)
    message = _plain((err.msg if first is None else first.message) or "")
    line = (err.lineno if first is None else first.line) or None
    lower = message.lower()
    if "depth" in lower:
        return TooLarge("The nesting of elements", limit=DEPTH_MAX, unit="levels")
    if "huge text" in lower or "huge input" in lower or "too long" in lower or "too big" in lower:
        return TooLarge("One text, name or comment", limit=TEXT_BYTES_MAX, unit="bytes")
    if "encoding" in lower or "utf-8" in lower or "invalid bytes" in lower:
        return Unreadable(f"The bytes are not in the encoding they claim: {message}", code="xml.encoding", line=line)
    if "entity" in lower:
        return Unreadable(f"An entity is used, which bank messages never do: {message}", code="xml.entity", line=line)
    return Unreadable(f"The XML is not well-formed: {message}", code="xml.not_well_formed", line=line)
