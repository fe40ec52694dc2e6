"""ISO code tables as compact Python. Codes and names are facts; explanations are in our own words."""


def code_set(text: str) -> frozenset[str]:
    """The codes of a table written as words between blanks."""
    return frozenset(text.split())
