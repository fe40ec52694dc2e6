"""Where a finding's element stands in its file: an element path with positions, followed in the tree."""

from formats import xml


def at(document: xml.Element, path: str, *, nearest: bool = False) -> xml.Element | None:
    """The element at ``path`` below the message (``PmtInf[1]/CdtTrfTxInf[3]/Amt``), positions counted from 1.

    With ``nearest`` the deepest element that is there, for what is missing; else None where the path does not lead.
    """
    root = next((each for each in document.iter() if xml.local(each) == "Document"), None)
    here = root[0] if root is not None and len(root) else None
    for step in path.split("/"):
        if here is None:
            return None
        name, _, position = step.partition("[")
        number = int(position.rstrip("]")) if position else 1
        like = [child for child in here if xml.local(child) == name]
        if len(like) < number:
            return here if nearest else None
        here = like[number - 1]
    return here
