"""Changes single stored bytes of a filled hub at random and asks whether the verification names each.

    python -m tests.campaigns.tamper [--changes 2000] [--db sqlite|postgres] [--seed 1]

Each change is made behind the hub's back (triggers dropped), searched by `audit verify` and `vault verify`, and undone.
A change counts as found when the row of the trail, the anchor, the stored document or the encrypted value it hit is
named. The last line is one JSON object: ``changed``, ``found``.
"""

import argparse
import hashlib
import json
import random
import sys
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.anchors import Signer
from gateway.persistence import anchor_desk, hardening, vault_examination
from gateway.persistence.vault import CHUNK_BYTES, Vault
from tests import postgres, sqlite
from tests.databases import open_engine
from tests.gateway.steps.world import World, report

SIGNER = Signer("a1", "07" * 32)
KEYS = {"a1": SIGNER.public_key}
TABLES = {
    "audit": "sequence", "anchors": "sequence", "audit_head": "id", "vault_blobs": "sha256", "vault_chunks": "sha256",
    "payments": "id", "events": "id",
}  # fmt: skip
SEALED = {"payments": {"content", "creditor_name", "creditor_account", "fingerprint"}, "events": {"data"}}
"""Of these tables only encrypted values are changed."""
LEFT_ALONE = {("audit_head", "id")}
"""The head is one row; by what number it goes says nothing."""
WEIGHTS = {"audit": 8, "anchors": 3, "audit_head": 1, "vault_blobs": 3, "vault_chunks": 5, "payments": 5, "events": 2}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changes", type=int, default=2_000)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    with database(asked.db) as url:
        result = tamper(url, asked.changes, asked.seed)
    for missed in result.pop("missed"):
        print(missed)
    print(json.dumps(result), flush=True)
    return 0 if result["changed"] == result["found"] else 1


@contextmanager
def database(kind):
    """An empty, migrated database."""
    if kind == "postgres":
        with postgres.running() as server, server.database() as url:
            yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield sqlite.fresh(Path(folder) / "hub.db")


def tamper(url, changes, seed):
    """Makes ``changes`` changes; says how many were named, and which were not."""
    draw = random.Random(seed)
    engine = open_engine(url)
    world = fill(engine)
    raw = engine.dialect.name == "sqlite"
    missed = []
    try:
        with engine.begin() as connection:
            before = look(connection, world)  # answers that the test's bank gave by word: no bytes, and no others
            assert before <= set(connection.execute(text("SELECT sha256 FROM documents")).scalars())
            hardening.allow_changes(connection)
        for _ in range(changes):
            with engine.connect() as connection:
                hit, told = change(connection, draw, raw=raw)
                if not told & (look(connection, world) - before):
                    missed.append(hit)
                connection.rollback()
    finally:
        engine.dispose()
    return {"changed": changes, "found": changes - len(missed), "missed": missed}


def fill(engine):
    """Batches sent and answered, documents in several parts, anchors on the way."""
    world = World(engine)
    for number in range(4):
        _, file = world.sent(*["100.00"] * (number + 1), message_id=f"RUN-{number}")
        world.hear(report(file, "ACSC" if number % 2 else "RJCT"))
        with world.unit(at=world.at) as work:
            anchor_desk.make(work, SIGNER)
            work.commit()
        world.at += timedelta(minutes=7)
    long = bytes(CHUNK_BYTES + 1)
    with world.unit(at=world.at) as work:
        work.vault.put(long, hashlib.sha256(long).hexdigest())
        work.commit()
    return world


def look(connection, world):
    """The names of everything the two verifications complain of."""
    found = list(anchor_desk.examine(connection, KEYS))
    vault = Vault(connection, ring=world.ring, ids=world.ids, at=world.at)
    spoiled = {f"{one.table} {one.row}" for one in vault_examination.examine_columns(connection)}
    flaws = {one.sha256 for one in vault_examination.examine(connection, vault)}
    return {str(one.sequence) for one in found} | flaws | spoiled


def change(connection, draw, *, raw):
    """Changes one byte somewhere; gives what was hit, and by which names it may be told."""
    while True:
        table = draw.choices(list(WEIGHTS), WEIGHTS.values())[0]
        rows = connection.execute(text(f"SELECT * FROM {table}")).mappings().all()
        row = draw.choice(rows)
        names = [name for name in row if name in SEALED.get(table, row) and row[name] not in (None, "")]
        if not names:
            continue
        column = draw.choice(names)
        if (table, column) in LEFT_ALONE:
            continue
        before, key = row[column], TABLES[table]
        after, as_text = other(before, draw, raw=raw)
        if after == before:
            continue
        value = "CAST(:after AS TEXT)" if as_text else ":after"
        where = " AND ".join(f"{name} = :{name}" for name in ({key, "number"} & set(row)))
        facts = {name: row[name] for name in ({key, "number"} & set(row))}
        try:
            with connection.begin_nested():
                connection.execute(
                    text(f"UPDATE {table} SET {column} = {value} WHERE {where}"), facts | {"after": after}
                )
        except DBAPIError:
            continue  # the database itself refuses it: a number that is taken, a text that is none
        told = {str(row[key]), str(after)} if column == key else {str(row[key])}
        if table in SEALED:
            told = {f"{table} {row[key]}"}
        if table == "audit_head":
            told = {str(number) for number in range(row["sequence"] + 1_000)}
        return f"{table} {row[key]}: {column}: {before!r} became {after!r}", told


def other(value, draw, *, raw):
    """A value that differs in one byte, and whether it goes in as text."""
    if isinstance(value, bool | int):
        return value ^ (1 << draw.randrange(20)), False
    if isinstance(value, bytes | memoryview):
        return flipped(bytes(value), draw), False
    if isinstance(value, str):
        if raw:
            return flipped(value.encode(), draw), True
        place = draw.randrange(len(value)) if value else 0
        return value[:place] + draw.choice("0aZ~") + value[place + 1 :], False
    if isinstance(value, dict):
        return json.dumps(value | {"another": 1}), False
    return value + timedelta(microseconds=1), False


def flipped(data, draw):
    place = draw.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << draw.randrange(8))]) + data[place + 1 :]


if __name__ == "__main__":
    sys.exit(main())
