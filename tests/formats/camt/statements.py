"""A small camt.053.001.08 of our own, with only the facts a test wants to change."""

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
CODE = "<BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>"


def balance(code: str, amount: str, side: str = "CRDT", currency: str = "EUR") -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>"
    )


def entry(amount: str = "5.00", side: str = "CRDT", status: str = "BOOK", details: str = "", head: str = "") -> str:
    return (
        f'<Ntry>{head}<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
        f"{CODE}{details}</Ntry>"
    )


def detail(amount: str | None = "5.00", side: str = "CRDT", rest: str = "", references: str = "") -> str:
    own = "" if amount is None else f'<Amt Ccy="EUR">{amount}</Amt>'
    return f"<TxDtls>{references}{own}<CdtDbtInd>{side}</CdtDbtInd>{rest}</TxDtls>"


def details(*transactions: str, batch: str = "") -> str:
    return f"<NtryDtls>{batch}{''.join(transactions)}</NtryDtls>"


def statement(*entries: str, balances: str = "", summary: str = "", name: str = "S-1") -> str:
    return (
        f"<Stmt><Id>{name}</Id><CreDtTm>2026-03-02T18:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balances or balance('OPBD', '10.00') + balance('CLBD', '15.00')}{summary}{''.join(entries)}</Stmt>"
    )


def message(*statements: str, namespace: str = NAMESPACE) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{namespace}"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-03-02T18:00:00</CreDtTm></GrpHdr>"
        f"{''.join(statements)}</BkToCstmrStmt></Document>"
    ).encode()
