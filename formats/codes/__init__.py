"""ISO code tables as compact Python. Codes and names are facts; explanations are in our own words."""


def code_set(text: str) -> frozenset[str]:
    """The codes of a table written as words between blanks."""
    return frozenset(text.split())


def named(text: str) -> dict[str, str]:
    """A table of ``CODE name`` lines."""
    rows = (line.partition(" ") for line in text.strip().splitlines())
    return {code: name for code, _, name in rows}
