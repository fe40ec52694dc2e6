"""Messages and files payhub knows by name and does not handle: each is refused with what it is and what to do.

Three tables: ISO 20022 messages by number (the longest prefix wins), files by their first bytes, texts by their shape.
"""

import re

from formats.errors import NotSupported

ASK = "Ask the bank for camt.053, camt.052, camt.054, MT940, MT942 or pain.002 instead."
INTERBANK = "Banks send it to each other; a customer gets camt or pain messages."

ISO_MESSAGES: dict[str, tuple[str, str]] = {
    "acmt": ("account management", "payhub does not open or change accounts."),
    "admi": ("a system notice", "It moves no money; forward it to your bank contact."),
    "auth": ("a report to authorities", "payhub does not read regulatory reports."),
    "camt": ("cash management", ASK),
    "camt.025": ("a receipt of a clearing system", INTERBANK),
    "camt.026": ("an unable-to-apply inquiry", INTERBANK),
    "camt.027": ("a claim of non-receipt", INTERBANK),
    "camt.028": ("additional information to an inquiry", INTERBANK),
    "camt.030": ("a notification that an inquiry was passed on", INTERBANK),
    "camt.031": ("a refusal of an inquiry", INTERBANK),
    "camt.036": ("a debit authorisation response", INTERBANK),
    "camt.037": ("a debit authorisation request", INTERBANK),
    "camt.050": ("a transfer of liquidity", "payhub does not move liquidity between clearing accounts."),
    "camt.055": ("a request of a customer to cancel payments", "payhub writes this message and does not read it."),
    "camt.056": ("a request of a bank to cancel payments", INTERBANK),
    "camt.057": ("a notification to receive", "payhub does not read announcements of money."),
    "camt.060": ("a request for account reports", "It asks for statements and holds none."),
    "camt.086": ("a bank services billing statement", "payhub does not read bank fee invoices."),
    "camt.087": ("a request to modify a payment", INTERBANK),
    "head": ("a business application header without a message", "Send the message that belongs to it."),
    "pacs": ("an interbank payment message", INTERBANK),
    "pacs.002": ("a status report between banks", INTERBANK),
    "pacs.003": ("a direct debit between banks", INTERBANK),
    "pacs.004": ("a payment return between banks", INTERBANK),
    "pacs.007": ("a payment reversal between banks", INTERBANK),
    "pacs.008": ("a credit transfer between banks", INTERBANK),
    "pacs.009": ("a bank's own transfer", INTERBANK),
    "pacs.028": ("a status request between banks", INTERBANK),
    "pain.007": ("a reversal of direct debits", "payhub does not read or write reversals of collections."),
    "pain.009": ("a mandate request", "payhub does not manage mandates."),
    "pain.010": ("a mandate amendment", "payhub does not manage mandates."),
    "pain.011": ("a mandate cancellation", "payhub does not manage mandates."),
    "pain.012": ("a mandate acceptance report", "payhub does not manage mandates."),
    "pain.013": ("a request to pay", "payhub does not handle requests to pay."),
    "pain.014": ("an answer to a request to pay", "payhub does not handle requests to pay."),
    "pain.017": ("a mandate copy request", "payhub does not manage mandates."),
    "pain.018": ("a mandate suspension", "payhub does not manage mandates."),
    "pain": ("a payment initiation message", "payhub reads pain.001, pain.008 and pain.002."),
    "remt": ("a remittance advice on its own", "payhub reads remittances inside statements."),
    "reda": ("reference data", "payhub keeps no reference data of banks."),
    "tsmt": ("a trade services message", "payhub does not handle trade services."),
}

SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF", "It is meant for people to read. " + ASK),
    (b"PK\x05\x06", "an empty ZIP archive", "Ask the sender what was meant to be inside."),
    (b"PK\x03\x04", "a ZIP archive or an Office document", "Unpack it and send the messages inside."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and send the message inside."),
    (b"BZh", "a bzip2 archive", "Unpack it and send the message inside."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it and send the message inside."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it and send the messages inside."),
    (b"Rar!", "a RAR archive", "Unpack it and send the messages inside."),
    (b"\xd0\xcf\x11\xe0", "an old Office document", "Save it as CSV or XLSX."),
    (b"-----BEGIN PGP", "a PGP message", "Decrypt it first, or set the bank's key in its profile."),
    (b"-----BEGIN PKCS7", "an encrypted or signed S/MIME message", "Decrypt it first."),
    (b"-----BEGIN CMS", "an encrypted or signed S/MIME message", "Decrypt it first."),
    (b"-----BEGIN ", "a certificate or key", "It is no message; keep keys out of payment folders."),
    (b"\x84\x8c\x03", "a PGP message", "Decrypt it first, or set the bank's key in its profile."),
    (b"\x85\x01\x0c\x03", "a PGP message", "Decrypt it first, or set the bank's key in its profile."),
    (b"\x85\x02\x0c\x03", "a PGP message", "Decrypt it first, or set the bank's key in its profile."),
    (b"\x85\x04\x0c\x03", "a PGP message", "Decrypt it first, or set the bank's key in its profile."),
    (b"\xc1\xc0\x4c\x03", "a PGP message", "Decrypt it first, or set the bank's key in its profile."),
    (b"\x89PNG", "a picture", "A statement cannot be read from a picture. " + ASK),
    (b"\xff\xd8\xff", "a picture", "A statement cannot be read from a picture. " + ASK),
    (b"SQLite format 3", "a database file", ASK),
)

SHAPES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"(?:<\?xml[^>]*>\s*)?(?:OFXHEADER:|<\?OFX|<OFX>)"), "OFX (Open Financial Exchange)", ASK),
    (re.compile(r"!Type:(?:Bank|CCard|Cash|Oth)"), "QIF (Quicken Interchange Format)", ASK),
    (re.compile(r"01,[^,\n]*,[^,\n]*,\d{6},\d{0,4},[^,\n]*,[^,\n]*,[^,\n]*,[23]/"), "BAI2", ASK),
    (re.compile(r"0{5}\d{6}\d{3}0[5-9].{112}\r?\n[123]"), "CODA (the Belgian account statement)", ASK),
    (re.compile(r"101[ 0-9]{10}[ 0-9]{10}\d{6}\d{4}[A-Z0-9]094101"), "a Nacha ACH file", ASK),
    (re.compile(r"0{5}[ \d]{11}"), "CODA (the Belgian account statement)", ASK),
    (re.compile(r"0256Q"), "DTAZV (the old German file for payments abroad)", "Export a pain.001 instead."),
    (re.compile(r"0128[A-Z]{3}"), "DTAUS (the old German payment file)", "Export a pain.001 instead."),
    (re.compile(r"0[ ]{17}\d{2}[A-Z]{3} {7}"), "an Australian ABA file", "Export a pain.001 instead."),
    (re.compile(r"0128[AC][ABK]"), "DTAUS (the old German payment file)", "Export a pain.001 instead."),
    (re.compile(r"(?:UNA.{6}\s*)?UNB[+]"), "EDIFACT", ASK),
    (re.compile(r"ISA\*"), "ANSI X12", ASK),
    (re.compile(r"0[14]\d{5}.{4}\d{5}[A-Z]{3}"), "CFONB 120 (the French account statement)", ASK),
    (re.compile(r"11\d{18}\d{12}[12]"), "Norma 43 (the Spanish account statement)", ASK),
    (re.compile(r"(?:HDR|VOL)1"), "a BACS Standard 18 file", "Export a pain.001 instead."),
    (re.compile(r"<(?:!doctype )?html", re.IGNORECASE), "a web page", "The download failed or asked for a login."),
)


ROOTS: dict[str, tuple[str, str]] = {
    "OFX": ("OFX (Open Financial Exchange)", ASK),
    "Envelope": ("a SOAP envelope without a message in it", "It may be an error of the bank's server: read its text."),
    "AppHdr": ("a business application header without a message", "Send the message that belongs to it."),
    "BusinessApplicationHeader": ("a business application header without a message", "Send its message too."),
    "Invoice": ("an electronic invoice (UBL)", "Pay it from the ERP; payhub reads payments, not invoices."),
    "CreditNote": ("an electronic credit note (UBL)", "payhub reads payments, not invoices."),
    "CrossIndustryInvoice": ("an electronic invoice (CII)", "payhub reads payments, not invoices."),
    "ebicsRequest": ("an EBICS envelope", "Unwrap the order data in the EBICS connection first."),
    "ebicsResponse": ("an EBICS envelope", "Unwrap the order data in the EBICS connection first."),
    "ebicsNoPubKeyDigestsRequest": ("an EBICS envelope", "Unwrap the order data in the EBICS connection first."),
    "html": ("a web page", "The download failed or asked for a login."),
    "svg": ("a picture", "A statement cannot be read from a picture. " + ASK),
    "Workbook": ("a spreadsheet in XML", "Save it as CSV or XLSX."),
    "schema": ("an XML schema", "Put it into the folder of schemas; it is no message."),
    "FinvoiceBank": ("a Finvoice file", "Ask the bank for camt messages instead."),
    "AUDITFILE": ("an audit file (XAF)", "It goes to the auditor, not to the bank."),
    "BusMsg": ("a business message whose content is not known", ASK),
}
"""XML documents that are no ISO 20022 message, by the name of their root."""


def refused_root(name: str) -> NotSupported | None:
    """The refusal of an XML document by its root's local name, or None."""
    known = ROOTS.get(name)
    return NotSupported(*known) if known is not None else None


def refuse_message(message: str) -> NotSupported:
    """The refusal of an ISO 20022 message by its name, such as ``pacs.008.001.08``."""
    prefix = next((p for p in (message[:8], message[:4]) if p in ISO_MESSAGES), None)
    if prefix is None:
        return NotSupported(message, "payhub does not know this message. " + ASK)
    kind, advice = ISO_MESSAGES[prefix]
    return NotSupported(f"{message}, {kind}", advice)


def refused_signature(head: bytes) -> NotSupported | None:
    """The refusal of a file that its first bytes give away, or None."""
    for signature, kind, advice in SIGNATURES:
        if head.startswith(signature):
            return NotSupported(kind, advice)
    return None


def refused_shape(text: str) -> NotSupported | None:
    """The refusal of a text by the shape of its beginning, or None."""
    start = text.lstrip("\ufeff \t\r\n")
    for pattern, kind, advice in SHAPES:
        if pattern.match(start):
            return NotSupported(kind, advice)
    return None
