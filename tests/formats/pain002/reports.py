"""Status reports written for the tests: only the facts that matter to one of them."""

from collections.abc import Iterable

ISO = "urn:iso:std:iso:20022:tech:xsd:"


def reason(code: str, *lines: str) -> str:
    told = "".join(f"<AddtlInf>{line}</AddtlInf>" for line in lines)
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn>{told}</StsRsnInf>"


def payment(reference: str, status: str | None = None, *, reasons: str = "", rest: str = "") -> str:
    stated = f"<TxSts>{status}</TxSts>" if status is not None else ""
    return f"<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>{stated}{reasons}{rest}</TxInfAndSts>"


def batch(reference: str, status: str | None = None, *payments: str, reasons: str = "") -> str:
    stated = f"<PmtInfSts>{status}</PmtInfSts>" if status is not None else ""
    return (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{reference}</OrgnlPmtInfId>{stated}{reasons}{''.join(payments)}"
        "</OrgnlPmtInfAndSts>"
    )


def group(status: str | None = None, *, reasons: str = "", announced: int | None = None, counts: str = "") -> str:
    number = f"<OrgnlNbOfTxs>{announced}</OrgnlNbOfTxs>" if announced is not None else ""
    stated = f"<GrpSts>{status}</GrpSts>" if status is not None else ""
    return (
        "<OrgnlGrpInfAndSts><OrgnlMsgId>PAY-7</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"{number}{stated}{reasons}{counts}</OrgnlGrpInfAndSts>"
    )


def report(*parts: str, message: str = "pain.002.001.10", namespace: str | None = None) -> bytes:
    return b"".join(pieces(parts, message=message, namespace=namespace))


def pieces(parts: Iterable[str], *, message: str = "pain.002.001.10", namespace: str | None = None) -> Iterable[bytes]:
    """The same, as it comes: for reports too large to hold."""
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{namespace or ISO + message}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>STS-1</MsgId><CreDtTm>2026-03-02T10:00:00+01:00</CreDtTm></GrpHdr>\n"
    ).encode()
    for part in parts:
        yield f"{part}\n".encode()
    yield b"</CstmrPmtStsRpt></Document>\n"
