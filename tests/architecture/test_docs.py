import re

from gateway.steps import PATH
from tests.architecture.tree import ROOT, files

NEWS = {
    "payhub.batch.held.v1",
    "payhub.batch.validated.v1",
    "payhub.channel.closed.v1",
    "payhub.channel.resumed.v1",
    "payhub.delegation.begun.v1",
    "payhub.delegation.ended.v1",
    "payhub.file.generated.v1",
    "payhub.payment.recall_confirmed.v1",
    "payhub.payment.recall_sent.v1",
    "payhub.payment.recall_withdrawn.v1",
    "payhub.payment.released.v1",
    "payhub.statement.imported.v1",
    "payhub.webhook.ping.v1",
}
"""Events that need nobody; every other one that the code raises by name is an alarm and has a runbook."""


def pages():
    return {name: text for name, text in files() if name.endswith(".md")}


def test_every_link_between_pages_leads_somewhere():
    broken = [
        f"{name}: {target}"
        for name, text in pages().items()
        for target in re.findall(r"\]\(([^)#]+)\)", text)
        if "://" not in target and not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_every_alarm_has_a_runbook():
    raised = set()
    for name, text in files():
        if name.startswith("gateway/") and name.endswith(".py"):
            raised |= set(re.findall(r'"(payhub\.[a-z]+\.[a-z_]+\.v1)"', text))
    books = "".join(text for name, text in pages().items() if name.startswith("docs/runbooks/"))
    assert {kind for kind in raised - NEWS if kind not in books} == set()
    assert len(raised - NEWS) >= 5


def test_the_readme_names_the_path_and_the_two_commands():
    readme = pages()["README.md"]
    assert " → ".join(PATH) in readme
    assert "    make demo\n" in readme
    assert "    make test\n" in readme


def test_modules_and_folders_the_pages_name_exist():
    wanted = re.compile(r"`((?:gateway|formats|banks|reconciliation|tests|config|docs|tools)/[\w/.]*)`")
    missing = [
        f"{name}: {target}"
        for name, text in pages().items()
        for target in wanted.findall(text)
        if not (ROOT / target).exists()
    ]
    assert missing == []
