import hashlib
import io
import json
import zipfile

import pytest
from sqlalchemy import insert, update

from gateway.anchors import Signer
from gateway.evidence import pack, verification
from gateway.persistence import anchor_desk
from gateway.persistence.queries import EVERYTHING, evidence, timeline
from gateway.persistence.tables import approvals, files, rulings
from gateway.persistence.vault import Vault
from tests.databases import open_engine
from tests.gateway.steps.world import World, report

SIGNER = Signer("a1", "07" * 32)
PAYEE = "<script>alert('Erika')</script>"


@pytest.fixture
def world(engine):
    return World(engine)


@pytest.fixture
def hub(sqlite_url):
    engine = open_engine(sqlite_url)
    yield World(engine)
    engine.dispose()


def done(world):
    """A batch that was sent and refused by its bank, between two anchors."""
    batch, file = world.sent("100.00", "200.00", creditor=PAYEE)
    with world.unit() as work:
        anchor_desk.make(work, SIGNER)
        work.commit()
    world.hear(report(file, "RJCT", reasons=["AC04"]))
    with world.unit() as work:
        anchor_desk.make(work, SIGNER)
        work.commit()
    return batch


def packed(world, wanted, signer=SIGNER):
    out = io.BytesIO()
    with world.engine.connect() as connection:
        subject = evidence.find(connection, EVERYTHING, wanted)
        vault = Vault(connection, ring=world.ring, ids=world.ids, at=world.at)
        pack.write(connection, vault, subject, out, signer=signer)
    return out.getvalue()


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return {name: found.read(name) for name in found.namelist()}


def lines(data, name):
    return [json.loads(line) for line in members(data)[f"{name}.jsonl"].splitlines()]


def wrong(tmp_path, parts, key=SIGNER.public_key):
    path = tmp_path / "pack.zip"
    if isinstance(parts, bytes):
        path.write_bytes(parts)
    else:
        with zipfile.ZipFile(path, "w") as out:
            for name, data in parts.items():
                out.writestr(name, data)
    return list(verification.check(path, key))


def test_a_pack_holds_everything_and_holds_by_itself(world, tmp_path):
    batch = done(world)
    data = packed(world, batch)
    assert wrong(tmp_path, data) == []
    assert len(lines(data, "payments")) == 2
    for name in ("batch", "moves", "approvals", "files", "file_moves", "attempts", "answers", "events", "audit"):
        assert lines(data, name), name
    assert len(lines(data, "anchors")) == 2
    found = members(data)
    assert {name.partition("/")[0] for name in found if "/" in name} == {"original", "sent"}
    assert PAYEE.encode() in next(found[name] for name in found if name.startswith("original/"))


def test_the_same_content_gives_the_same_bytes(hub):
    batch = done(hub)
    assert packed(hub, batch) == packed(hub, batch)


def test_the_pack_of_a_payment_leaves_the_rows_of_the_others_out(hub, tmp_path):
    batch = done(hub)
    payment = hub.payments(batch)[0].id
    data = packed(hub, payment)
    assert wrong(tmp_path, data) == []
    assert {one["id"] for one in lines(data, "payments")} == {payment}
    assert {one["payment_id"] for one in lines(data, "moves")} == {payment}


def test_the_timeline_escapes_what_strangers_wrote_and_needs_nothing_else(hub):
    batch = done(hub)
    shown = members(packed(hub, hub.payments(batch)[0].id))["timeline.html"].decode()
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "http" not in shown
    assert "prefers-color-scheme: dark" in shown
    assert "decision: approve" in shown


def test_the_timeline_says_whose_right_was_used(hub):
    batch = done(hub)
    with hub.unit() as work:
        work.connection.execute(update(approvals).values(right_of="carla", person_name="Dora for Carla"))
        work.commit()
    shown = members(packed(hub, batch))["timeline.html"].decode()
    assert "decision: approve, with the right of carla" in shown
    assert "Dora for Carla" in shown


def test_who_held_a_payment_and_who_let_it_go_stays_on_record(world):
    batch = world.take("1.00", "2.00")
    world.validate(batch)
    world.stop(batch)
    payment = world.payments(batch)[0].id
    world.release(batch)
    (held,) = lines(packed(world, payment), "holds")
    assert (held["kind"], held["reason"], held["put_by"]) == ("manual", "the payee called", "test")
    assert held["lifted_at"] is not None
    assert [one["person_id"] for one in lines(packed(world, payment), "hold_words")] == ["anna", "ben"]
    shown = members(packed(world, payment))["timeline.html"].decode()
    for said in ("held: manual", "hold lifted", "said that a held payment is meant"):
        assert said in shown
    with world.engine.connect() as connection:
        kinds = [one.kind for one in timeline(connection, EVERYTHING, payment)]
    assert sorted(kinds) == ["hold", "move", "move", "release", "word", "word"]


def test_every_changed_member_is_named(hub, tmp_path):
    parts = members(packed(hub, done(hub)))
    for name in parts:
        if name in {pack.MANIFEST, pack.SIGNATURE}:
            continue
        assert f"{name} was changed" in wrong(tmp_path, parts | {name: parts[name] + b"\n"})
        without = {one: data for one, data in parts.items() if one != name}
        assert f"{name} is missing" in wrong(tmp_path, without)
    assert "more.txt is not in the manifest" in wrong(tmp_path, parts | {"more.txt": b""})


def test_a_manifest_put_right_again_does_not_get_past_its_signature_or_the_trail(hub, tmp_path):
    batch = done(hub)
    with zipfile.ZipFile(io.BytesIO(packed(hub, batch))) as found:
        parts = {name: found.read(name) for name in found.namelist()}
    forged = parts["audit.jsonl"].replace(b"payment.", b"Payment.", 1)
    assert forged != parts["audit.jsonl"]
    manifest = json.loads(parts[pack.MANIFEST])
    manifest["members"]["audit.jsonl"]["sha256"] = hashlib.sha256(forged).hexdigest()
    parts |= {"audit.jsonl": forged, pack.MANIFEST: json.dumps(manifest).encode()}
    told = wrong(tmp_path, parts)
    assert "the signature of the manifest does not hold under this key" in told
    assert any("is not what its hash covers" in one for one in told)
    assert any("is not what its hash covers" in one for one in wrong(tmp_path, parts, key=None))


def test_a_pack_nobody_signed_is_told_when_a_signature_is_asked_for(hub, tmp_path):
    data = packed(hub, done(hub), signer=None)
    assert wrong(tmp_path, data, key=None) == []
    assert wrong(tmp_path, data)[0] == "the manifest is not signed"


def test_what_is_no_pack_is_refused(tmp_path):
    for data in (b"", b"PK", b"x" * 100):
        with pytest.raises(verification.NotAPack):
            wrong(tmp_path, data)


def test_sealed_bytes_and_rulings_are_part_of_the_evidence(hub, tmp_path):
    batch, file = hub.sent("100.00")
    sealed = b"-----BEGIN PGP MESSAGE-----"
    sha256 = hashlib.sha256(sealed).hexdigest()
    with hub.unit() as work:
        work.vault.put(sealed, sha256)
        work.connection.execute(update(files).where(files.c.id == file).values(sealed_sha256=sha256))
        work.connection.execute(
            insert(rulings).values(
                file_id=file, version=1, person_id="P", person_name="Anna", verdict="arrived", reason="they say so",
                at=hub.at,
            )
        )  # fmt: skip
        work.commit()
    data = packed(hub, batch)
    assert wrong(tmp_path, data) == []
    assert members(data)[f"sealed/{sha256}"] == sealed
    assert [one["verdict"] for one in lines(data, "rulings")] == ["arrived"]
