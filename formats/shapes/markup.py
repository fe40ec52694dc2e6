"""A record's markup as text: what stands between the texts is its shape."""

import re

_TEXTS = re.compile(r">([^<]+)<")
_REFERENCE = re.compile(r"&(lt|gt|amp|quot|apos|#\d+|#x[0-9A-Fa-f]+);")
_PREDEFINED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


def split(text: str) -> list[str]:
    """Markup as its texts and what stands between them, in turn: markup, text, markup, …, markup.

    Two records with equal markup have the same elements, attributes and places of text, which is what makes reading
    the second one cheap. libxml2 writes ``<`` and ``>`` only as markup, so the split is exact. Texts are escaped.
    """
    return _TEXTS.split(text)


def pattern(between: list[str]) -> re.Pattern[str]:
    """What matches exactly the markup that splits into these pieces, with the texts as its groups."""
    return re.compile(">([^<]+)<".join(map(re.escape, between)))


def unescaped(texts: list[str], text: str) -> list[str]:
    """The texts of a split as they are meant; ``text`` is what was split, and says at a glance if any is escaped."""
    if "&" not in text:
        return texts
    return [_REFERENCE.sub(_referred, one) if "&" in one else one for one in texts]


def _referred(found: re.Match[str]) -> str:
    name = found.group(1)
    if name.startswith("#x"):
        return chr(int(f"0{name[1:]}", base=0))
    if name.startswith("#"):
        return chr(int(name[1:]))
    return _PREDEFINED[name]
