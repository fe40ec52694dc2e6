"""Whether a page is well-formed: every element is closed, in order, and no id stands twice."""

from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"})


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []
        self.ids = set()
        self.problems = []
        self.links = set()
        self.forms = 0

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if facts.get("id") in self.ids:
            self.problems.append(f"the id {facts['id']} stands twice")
        self.ids.add(facts.get("id"))
        self.ids.discard(None)
        if len(facts) != len(attrs):
            self.problems.append(f"an attribute of {tag} stands twice, line {self.getpos()[0]}")
        if "style" in facts or any(name.startswith("on") for name in facts):
            self.problems.append(f"{tag} carries style or script of its own, line {self.getpos()[0]}")
        if tag == "a" and facts.get("href"):
            self.links.add(facts["href"])
        self.forms += facts.get("method") == "post"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing, line {self.getpos()[0]}")


def look(text):
    """(problems, links) of a page."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    problems = reader.problems + [f"<{tag}> is never closed" for tag in reader.open]
    if not text.lstrip().lower().startswith("<!doctype html>"):
        problems.append("no doctype")
    return problems, reader.links
