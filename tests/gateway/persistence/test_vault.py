import hashlib
import io

import pytest
from sqlalchemy import delete, func, select, update

from gateway.domain.errors import NotFound
from gateway.persistence.key_ring import KeyRing, Tampered
from gateway.persistence.tables import vault_blobs, vault_chunks
from gateway.persistence.vault import CHUNK_BYTES
from tests.gateway.stores import Store

TEXT = b"<Document>DE89370400440532013000</Document>"


def put(store, data):
    digest = hashlib.sha256(data).hexdigest()
    with store.unit() as work:
        work.vault.put(io.BytesIO(data), digest)
        work.commit()
    return digest


def get(store, digest):
    with store.unit() as work:
        return work.vault.get(digest)


@pytest.mark.parametrize("data", [TEXT, b"", b"x" * CHUNK_BYTES, b"y" * (2 * CHUNK_BYTES + 1)])
def test_bytes_come_back_as_they_were(store, data):
    assert get(store, put(store, data)) == data


def test_the_same_bytes_are_stored_once(store):
    assert put(store, TEXT) == put(store, TEXT)
    with store.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(vault_blobs)).scalar_one() == 1


def test_nobody_reads_an_account_in_the_database(store):
    put(store, TEXT)
    with store.engine.connect() as connection:
        stored = b"".join(row.data for row in connection.execute(select(vault_chunks.c.data)))
    assert b"DE8937" not in stored
    assert TEXT not in stored


def test_bytes_with_another_digest_than_said_are_refused(store):
    with store.unit() as work, pytest.raises(AssertionError):
        work.vault.put(TEXT, "0" * 64)


def test_a_document_nobody_stored_is_not_found(store):
    with store.unit() as work, pytest.raises(NotFound):
        work.vault.get("0" * 64)


def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def test_every_change_to_what_is_stored_is_told(store):
    data = bytes(range(256)) * (3 * CHUNK_BYTES // 256)
    digest = put(store, data)
    chunk = (vault_chunks.c.sha256 == digest, vault_chunks.c.number == 2)
    with store.engine.connect() as connection:
        second = connection.execute(select(vault_chunks.c.data).where(*chunk)).scalar_one()
        wrapped = connection.execute(select(vault_blobs.c.wrapped_key)).scalar_one()
        third = connection.execute(select(vault_chunks.c.data).where(vault_chunks.c.number == 3)).scalar_one()
    for change in (
        update(vault_chunks).where(*chunk).values(data=flipped(second)),
        update(vault_chunks).where(*chunk).values(data=third),
        delete(vault_chunks).where(*chunk),
        update(vault_blobs).values(chunks=2),
        update(vault_blobs).values(wrapped_key=flipped(wrapped)),
        update(vault_blobs).values(key_id="another"),
    ):
        with store.unit() as work:
            work.connection.execute(change)
            with pytest.raises(Tampered):
                work.vault.get(digest)
    assert get(store, digest) == data, "none of it was committed"


def test_a_new_key_wraps_new_documents_and_the_old_one_still_opens_old_ones(engine):
    digest = put(Store(engine), TEXT)
    newer = Store(engine, keys={"k1": b"1" * 32, "k2": b"2" * 32}, current="k2")
    other = put(newer, TEXT + b"!")
    assert (get(newer, digest), get(newer, other)) == (TEXT, TEXT + b"!")
    with pytest.raises(Tampered):
        get(Store(engine), other)


def test_a_small_secret_is_bound_to_its_label():
    ring = KeyRing("k1", {"k1": b"1" * 32})
    sealed = ring.seal(b"secret", "webhook:A", b"n" * 12)
    assert ring.open(sealed, "webhook:A") == b"secret"
    with pytest.raises(Tampered):
        ring.open(sealed, "webhook:B")
