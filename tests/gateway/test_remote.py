import pytest
from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response

from gateway.remote import DOCUMENT_BYTES_MAX, FAILED_FOR_S, KEPT_FOR_S, KEPT_MAX, NotFetched, Remote
from tests.gateway.serving import serving


@pytest.fixture(scope="module")
def published():
    """A server whose answers count how often they were asked for."""
    app, asked = FastAPI(), []
    bodies = {
        "good": b'{"a": 1}', "text": b"no json", "list": b"[1]", "deep": b"[" * 100_000, "binary": b"\xff\xfe",
        "large": b'{"a": "' + b"x" * DOCUMENT_BYTES_MAX + b'"}',
    }  # fmt: skip

    @app.get("/{name}")
    def answer(name: str):
        asked.append(name)
        if name == "elsewhere":
            return RedirectResponse("/good")
        return Response(bodies.get(name, b"{}"), 500 if name == "broken" else 200)

    with serving(app) as address:
        yield address, asked


@pytest.fixture
def remote(published):
    address, asked = published
    asked.clear()
    keeper = Remote()

    def document(name, now_s=1_000, **facts):
        return keeper.document(f"{address}/{name}", now_s, **facts)

    document.asked = asked
    return document


def test_a_document_is_read_once_for_a_while_and_at_once_where_it_must_be_fresh(remote):
    for now_s in (1_000, 1_000 + KEPT_FOR_S - 1):
        assert remote("good", now_s) == {"a": 1}
    assert remote.asked == ["good"]
    remote("good", 1_001, fresh=True)
    remote("good", 1_001 + KEPT_FOR_S)
    assert remote.asked == ["good"] * 3


def test_a_clock_that_was_set_back_reads_anew(remote):
    remote("good", 1_000)
    remote("good", 900)
    assert remote.asked == ["good"] * 2


@pytest.mark.parametrize("name", ["text", "list", "deep", "binary", "large", "broken", "elsewhere"])
def test_what_is_no_document_is_refused_and_not_asked_for_again_at_once(remote, name):
    for now_s in (1_000, 1_000 + FAILED_FOR_S - 1):
        with pytest.raises(NotFetched):
            remote(name, now_s, fresh=True)
    assert remote.asked == [name]
    with pytest.raises(NotFetched):
        remote(name, 1_000 + FAILED_FOR_S)
    assert remote.asked == [name] * 2


def test_a_service_that_is_not_there_is_not_fetched():
    with pytest.raises(NotFetched, match="ConnectError"):
        Remote().document("http://127.0.0.1:1/x", 1_000)


def test_what_is_kept_has_its_limit(remote):
    for number in range(KEPT_MAX + 1):
        remote(f"n{number}")
    remote("n0")
    assert remote.asked.count("n0") == 2
