"""Element paths of a collection: pain.008 calls by other names what the model holds under those of a transfer."""

_PAYMENT = {
    "Cdtr": "Dbtr",
    "CdtrAcct": "DbtrAcct",
    "CdtrAgt": "DbtrAgt",
    "UltmtCdtr": "UltmtDbtr",
    "UltmtDbtr": "UltmtCdtr",
    "Amt": "",
}
_BATCH = {
    "Dbtr": "Cdtr",
    "DbtrAcct": "CdtrAcct",
    "DbtrAgt": "CdtrAgt",
    "UltmtDbtr": "UltmtCdtr",
    "ReqdExctnDt": "ReqdColltnDt",
}


def in_collection(path: str, *, of_payment: bool) -> str:
    """The path pain.008 has for what pain.001 calls ``path`` (only the first element differs)."""
    first, slash, rest = path.partition("/")
    renamed = (_PAYMENT if of_payment else _BATCH).get(first, first)
    return f"{renamed}{slash}{rest}" if renamed else rest
