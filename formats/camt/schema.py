"""The schema a message is checked against, compiled once; and what is said where there is none."""

from functools import lru_cache

from formats import schemas, xml
from formats.findings import Finding, Severity
from formats.registry import Detected
from formats.source import Name

COMPILED_MAX = 16
"""How many compiled schemas are kept; each takes a few megabytes."""
_ISO = "urn:iso:std:iso:20022:tech:xsd:"


def schema_of(detected: Detected) -> tuple[xml.Schema | None, Finding | None]:
    """The compiled schema, or None with a finding that says the message was not schema-checked."""
    found = schemas.schema_for(detected.message) if detected.versioned else None
    namespace = detected.namespace
    if found is None or namespace is None or any(character in namespace for character in "<&\"'"):
        what = detected.message if detected.versioned else "a message without its namespace"
        return None, Finding(
            rule="XSD-02",
            severity=Severity.INFO,
            message=f"There is no schema for {what}: it was read, and not schema-checked.",
        )
    return _compiled(found.text, detected.message, namespace, detected.enveloped_in), None


@lru_cache(maxsize=COMPILED_MAX)
def _compiled(xsd: bytes, message: str, namespace: str, envelope: Name | None) -> xml.Schema:
    # A national namespace (ISO:camt.053.001.02:APC:STUZZA, urn:swift:xsd:…) is the ISO schema under another name.
    iso = f"{_ISO}{message}".encode()
    text = xsd if iso == namespace.encode() or iso not in xsd else xsd.replace(iso, namespace.encode())
    return xml.compile_schema(text, envelope=envelope)
