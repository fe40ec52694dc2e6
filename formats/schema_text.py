"""An XSD written again from the source of one of `pyiso20022`'s generated modules.

The module is parsed, never run. Every facet in a field's metadata becomes a facet of a simple type; equal facets share
one type. What the metadata does not say (the order of facets, the names of simple types) does not change a verdict.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

_BUILT_IN = {
    "str": "string",
    "Decimal": "decimal",
    "bool": "boolean",
    "bytes": "base64Binary",
    "XmlDate": "date",
    "XmlDateTime": "dateTime",
    "XmlTime": "time",
    "XmlPeriod": "gYear",
    "YearMonth": "gYearMonth",
}
_MONTHS = frozenset({"XpryDt", "FctvDt"})
"""Elements whose period is a month (of a card); every other period is a year."""
_FACETS = {
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "total_digits": "totalDigits",
    "fraction_digits": "fractionDigits",
    "min_inclusive": "minInclusive",
    "max_inclusive": "maxInclusive",
}
_UNBOUNDED = "unbounded"
_Simple = dict[tuple[str, tuple[tuple[str, str], ...]], str]
"""The shared simple types by (built-in base, facets)."""
_CHOICES_BY_ANOTHER_NAME = frozenset({"CashAccountType2", "CashBalanceAvailabilityDate1"})
"""Choices of the 2009 versions whose type name does not say so; in the dataclasses a choice is not marked."""
_INNER_CHOICES = {
    "PersonIdentification3": ("DrvrsLicNb", "OthrId"),
    "ProprietaryDate1": ("Dt", "DtTm"),
    "CreditorReferenceType1": ("Cd", "Prtry"),
    "ReferredDocumentType1": ("Cd", "Prtry"),
}
"""Sequences of the 2005 types that hold a choice without a name of its own: its first and last member."""
_EMPTY_CHOICES = "MandateRelatedData"
"""Types of this name are choices whose members are optional each, so that they may be empty."""


@dataclass(slots=True)
class Field:
    """An element, attribute, text value or wildcard of a type; ``facets`` are (XSD name, value) in a fixed order."""

    kind: str
    name: str
    type: str
    minimum: int
    maximum: str
    facets: tuple[tuple[str, str], ...]
    namespace: str


@dataclass(slots=True)
class ComplexType:
    """A type with children (one of them if ``choice``), or with a text value and attributes."""

    choice: bool
    children: list[Field] = field(default_factory=list)


@dataclass(slots=True)
class SchemaModel:
    """What a schema says, by type name; ``root`` is the (element, type) a document starts with."""

    namespace: str = ""
    root: tuple[str, str] = ("", "")
    complex_types: dict[str, ComplexType] = field(default_factory=dict)
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_model(source: str) -> SchemaModel:
    """The schema behind one generated module, given its source text."""
    model = SchemaModel()
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        base = ast.unparse(node.bases[0]) if node.bases else ""
        meta = _meta(node)
        fields = [_field(part) for part in node.body if isinstance(part, ast.AnnAssign)]
        if "namespace" in meta:
            model.namespace = meta["namespace"]
            model.root = (meta.get("name", node.name), base or node.name)
        if base == "Enum":
            model.codes[node.name] = tuple(_code(part) for part in node.body if isinstance(part, ast.Assign))
        elif fields or not base:
            model.complex_types[node.name] = ComplexType(_is_choice(node.name), fields)
    return model


def _is_choice(name: str) -> bool:
    return name.endswith("Choice") or name in _CHOICES_BY_ANOTHER_NAME


def _meta(node: ast.ClassDef) -> dict[str, str]:
    for part in node.body:
        if isinstance(part, ast.ClassDef) and part.name == "Meta":
            return {
                assign.targets[0].id: str(ast.literal_eval(assign.value))
                for assign in part.body
                if isinstance(assign, ast.Assign) and isinstance(assign.targets[0], ast.Name)
            }
    return {}


def _code(part: ast.Assign) -> str:
    return str(ast.literal_eval(part.value))


def _field(part: ast.AnnAssign) -> Field:
    many = isinstance(part.annotation, ast.Subscript)
    call = part.value
    assert isinstance(call, ast.Call)
    metadata = next(word.value for word in call.keywords if word.arg == "metadata")
    facts = _facts(metadata)
    kind = facts.get("type", "Text")
    if kind in {"Text", "Attribute"}:
        minimum, maximum = int("required" in facts), "1"
    elif many:
        minimum, maximum = int(facts.get("min_occurs", "0")), facts.get("max_occurs", _UNBOUNDED)
    else:
        minimum, maximum = int("required" in facts), "1"
    name, type_name = facts.get("name", ""), _type_name(part.annotation)
    return Field(
        kind=kind,
        name=name,
        type="YearMonth" if type_name == "XmlPeriod" and name in _MONTHS else type_name,
        minimum=minimum,
        maximum=maximum,
        facets=tuple((xsd, facts[own]) for own, xsd in _FACETS.items() if own in facts),
        namespace=facts.get("namespace", ""),
    )


def _facts(metadata: ast.expr) -> dict[str, str]:
    assert isinstance(metadata, ast.Dict)
    facts = {}
    for key, value in zip(metadata.keys, metadata.values, strict=True):
        assert isinstance(key, ast.Constant)
        # Decimal("0") is a call; everything else is a plain constant.
        constant = value.args[0] if isinstance(value, ast.Call) else value
        facts[str(key.value)] = str(ast.literal_eval(constant))
    return facts


def _type_name(annotation: ast.expr) -> str:
    """``X`` of ``X``, ``None | X`` and ``list[X]``."""
    if isinstance(annotation, ast.Subscript):
        return _type_name(annotation.slice)
    if isinstance(annotation, ast.BinOp):
        return _type_name(annotation.right)
    return ast.unparse(annotation)


def write_schema(model: SchemaModel) -> str:
    """The XSD of ``model``, one line, the same for the same model."""
    simple: _Simple = {}
    body = [
        *(_complex(name, kind, model, simple) for name, kind in model.complex_types.items()),
        *(_codes(name, values) for name, values in model.codes.items()),
    ]
    body += [_simple(name, base, facets) for (base, facets), name in simple.items()]
    element, type_name = model.root
    return (
        f'<xs:schema xmlns={_quoted(model.namespace)} xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' elementFormDefault="qualified" targetNamespace={_quoted(model.namespace)}>'
        f"<xs:element name={_quoted(element)} type={_quoted(type_name)}/>{''.join(body)}</xs:schema>"
    )


def _complex(name: str, kind: ComplexType, model: SchemaModel, simple: _Simple) -> str:
    attributes = "".join(
        f"<xs:attribute name={_quoted(child.name)} type={_quoted(_reference(child, model, simple))}"
        f' use="{"required" if child.minimum else "optional"}"/>'
        for child in kind.children
        if child.kind == "Attribute"
    )
    text = next((child for child in kind.children if child.kind == "Text"), None)
    if text is not None:
        base = _quoted(_reference(text, model, simple))
        content = f"<xs:simpleContent><xs:extension base={base}>{attributes}</xs:extension></xs:simpleContent>"
        return f"<xs:complexType name={_quoted(name)}>{content}</xs:complexType>"
    group = "choice" if kind.choice else "sequence"
    children = "".join(_children(name, kind, model, simple))
    return f"<xs:complexType name={_quoted(name)}><xs:{group}>{children}</xs:{group}>{attributes}</xs:complexType>"


def _children(name: str, kind: ComplexType, model: SchemaModel, simple: _Simple) -> Iterator[str]:
    first, last = _INNER_CHOICES.get(name, (None, None))
    inner = False
    for child in kind.children:
        if child.name == first:
            inner = True
            yield "<xs:choice>"
        if child.kind == "Wildcard":
            yield f'<xs:any namespace={_quoted(child.namespace)} processContents="lax"/>'
        elif child.kind == "Element":
            # the members of a choice are optional fields of a dataclass, yet one of them must be there
            needed = inner or (kind.choice and not name.startswith(_EMPTY_CHOICES))
            minimum = max(child.minimum, int(needed))
            occurs = f' minOccurs="{minimum}" maxOccurs="{child.maximum}"'
            type_name = _quoted(_reference(child, model, simple))
            yield f"<xs:element name={_quoted(child.name)} type={type_name}{occurs}/>"
        if child.name == last:
            inner = False
            yield "</xs:choice>"


def _reference(child: Field, model: SchemaModel, simple: _Simple) -> str:
    """The name of the child's type: a complex or code type of the model, a built-in, or a shared simple type."""
    if child.type in model.complex_types or child.type in model.codes:
        return child.type
    base = _BUILT_IN[child.type]
    if not child.facets:
        return f"xs:{base}"
    return simple.setdefault((base, child.facets), f"Simple{len(simple) + 1}")


def _codes(name: str, values: tuple[str, ...]) -> str:
    members = "".join(f"<xs:enumeration value={_quoted(value)}/>" for value in values)
    return _restriction(name, "string", members)


def _simple(name: str, base: str, facets: tuple[tuple[str, str], ...]) -> str:
    members = "".join(f"<xs:{facet} value={_quoted(value)}/>" for facet, value in facets)
    return _restriction(name, base, members)


def _restriction(name: str, base: str, members: str) -> str:
    content = f'<xs:restriction base="xs:{base}">{members}</xs:restriction>'
    return f"<xs:simpleType name={_quoted(name)}>{content}</xs:simpleType>"


def _quoted(text: str) -> str:
    """An attribute's value in its quotes; ``xml.sax.saxutils`` does the same and imports an HTTP client for it."""
    return f'"{escape(text)}"'
