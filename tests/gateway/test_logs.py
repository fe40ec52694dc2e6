import io
import json
import logging

import pytest
import structlog

from gateway import logs
from tests.gateway.stores import Store

IBAN = "DE89370400440532013000"


@pytest.fixture
def lines():
    """Logging as a worker has it, into a text; as it was before, afterwards."""
    root = logging.getLogger()
    handlers, level = tuple(root.handlers), root.level
    quiet = {name: logging.getLogger(name).level for name in logs.CHATTY}
    stream = io.StringIO()
    logs.configure(as_json=True, stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for handler in tuple(root.handlers):
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (IBAN, "DE89…3000"),
        ("from DE89 3704 0044 0532 0130 00 to CH93 0076 2011 6238 5295 7.", "from DE89…3000 to CH93…2957."),
        ("/accounts/de89370400440532013000?x=1", "/accounts/de89…3000?x=1"),
        ("DE00370400440532013000 is mistyped", "DE00…3000 is mistyped"),
        ("account 12345678, sort code 12-34-56", "account …5678, sort code 12-34-56"),
        ("BBAN 370400440532013000", "BBAN …3000"),
        ("PL 1090 1014 0000 0712 1981 2874", "PL …2874"),
    ],
)
def test_an_account_is_masked_wherever_it_stands(text, shown):
    assert logs.masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "01KAB3C4D5E6F7G8H9JKMNPQRS-0000001",
        "ab12cdefghijklmnopq",
        "2026-11-20T12:00:00Z",
        "20261120",
        "4c1f0e8fa5c2f0e1b7d1c9aa4c1f0e8fa5c2f0e1b7d1c9aa4c1f0e8fa5c2f0e1",
        "pain.001.001.09",
        "EUR 1234.56",
    ],
)
def test_ids_dates_amounts_and_digests_stay_readable(text):
    assert logs.masked(text) == text


def test_every_value_of_a_line_is_masked_however_deep(lines):
    structlog.get_logger().info(
        "payment.refused", account=IBAN, parties=[{"creditor": {"iban": IBAN}}, (IBAN,)], error=ValueError(IBAN)
    )
    (line,) = lines()
    assert line["event"] == "payment.refused"
    assert IBAN not in json.dumps(line)
    assert line["parties"][0]["creditor"]["iban"] == "DE89…3000"


def test_a_traceback_and_a_library_s_own_line_are_masked_too(lines):
    try:
        {}[f"no account {IBAN}"]
    except KeyError:
        structlog.get_logger().exception("work.failed")
    logging.getLogger("dbos").error("workflow of %s failed", IBAN, extra={"account": IBAN})
    ours, theirs = lines()
    assert "no account DE89…3000" in ours["exception"]
    assert theirs["event"] == "workflow of DE89…3000 failed"
    assert theirs["account"] == "DE89…3000"
    assert IBAN not in json.dumps([ours, theirs])


def test_lines_below_a_bound_job_carry_its_ids(lines):
    with structlog.contextvars.bound_contextvars(file_id="F1", fence=3):
        structlog.get_logger().info("file.staged", payment_id="P1")
        logging.getLogger("a.library").warning("line dropped")
    assert [(line["file_id"], line["fence"]) for line in lines()] == [("F1", 3), ("F1", 3)]
    assert lines()[0]["level"] == "info"
    assert lines()[0]["timestamp"].endswith("Z")


def test_people_get_words_and_colours():
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = tuple(root.handlers), root.level
    logs.configure(as_json=False, stream=stream)
    structlog.get_logger().info("file.staged", account=IBAN)
    for handler in tuple(root.handlers):
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()
    assert "file.staged" in stream.getvalue()
    assert IBAN not in stream.getvalue()


def test_what_was_committed_is_said_under_the_name_the_audit_trail_has_for_it(lines, engine):
    store = Store(engine)
    for committed in (True, False):
        with store.unit(actor="w1") as work, structlog.contextvars.bound_contextvars(file_id="F1", fence=3):
            work.note(action="file.submitted", subject="F1", data={"account": IBAN, "name": "a.xml"})
            if committed:
                work.commit()
    (line,) = lines()
    assert (line["event"], line["subject"], line["actor"]) == ("file.submitted", "F1", "w1")
    assert (line["file_id"], line["fence"]) == ("F1", 3)
    assert line["data"] == {"account": "DE89…3000", "name": "a.xml"}


def test_a_chatty_library_is_heard_only_when_something_failed(lines):
    logging.getLogger("paramiko").warning("Connected")
    logging.getLogger("paramiko").error("Disconnected")
    assert [line["event"] for line in lines()] == ["Disconnected"]
