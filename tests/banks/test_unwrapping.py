"""Unwrapping: what a container says about itself is not believed, and limits hold while it is expanded."""

import gzip
import io
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banks.unwrapping import GZIP, MIB, PLAIN, ZIP, Limits, Unopened, layer_of

CAMT = b"<Document>" + b"<Ntry/>" * 500 + b"</Document>"
SMALL = Limits(members_max=3, member_max=4 * MIB, expanded_max=6 * MIB)


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return held.getvalue()


def opened(data, *, name="statements.zip", limits=SMALL):
    return list(layer_of(data, PLAIN).opened(data, name, limits))


def test_a_zipped_statement_comes_out_as_it_went_in():
    (member,) = opened(zipped(("camt/053.xml", CAMT)))
    assert (member.name, member.data, member.problem) == ("053.xml", CAMT, None)


def test_members_that_were_only_stored_come_out_too():
    found = opened(zipped(("a.xml", CAMT), ("folder/", b""), ("b.xml", b"2"), method=zipfile.ZIP_STORED))
    assert [one.data for one in found] == [CAMT, b"2"]


def test_a_gzipped_statement_loses_its_suffix_only():
    (member,) = opened(gzip.compress(CAMT), name="053.xml.gz")
    assert (member.name, member.data) == ("053.xml", CAMT)


def test_parts_of_a_gzip_file_are_one_document_and_zeros_after_it_are_padding():
    (member,) = opened(gzip.compress(CAMT[:99]) + gzip.compress(CAMT[99:]) + b"\x00" * 700, name="x")
    assert member.data == CAMT


@pytest.mark.parametrize("data", [b"", b"<Document/>", b"PK", b"{}", b":20:X", b"\x1f\x8b", b"-----BEGIN PGP"])
def test_what_is_not_packed_is_no_layer(data):
    assert layer_of(data, PLAIN) is None


def test_a_layer_is_known_by_its_content():
    assert layer_of(zipped(("a", b"1")), PLAIN) is ZIP
    assert layer_of(gzip.compress(b"1"), PLAIN) is GZIP


@pytest.mark.parametrize(
    "data", [zipped(("a.xml", bytes(40 * MIB))), gzip.compress(bytes(40 * MIB))], ids=["zip", "gzip"]
)
def test_a_bomb_is_refused_before_it_has_grown(data):
    tracemalloc.start()
    with pytest.raises(Unopened, match="times larger"):
        opened(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * MIB


def test_a_size_that_lies_is_found_out_while_expanding():
    data = bytearray(zipped(("a.xml", b"\x00" * 10 * MIB)))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", 10)
    with pytest.raises(Unopened, match="times larger"):
        opened(bytes(data))


@pytest.mark.parametrize("limits", [Limits(member_max=3_000), Limits(expanded_max=3_000)])
@pytest.mark.parametrize(
    "data", [zipped(("a", CAMT)), gzip.compress(CAMT), zipped(("a", CAMT), method=0)], ids=["zip", "gzip", "stored"]
)
def test_no_member_and_no_whole_grows_over_its_limit(data, limits):
    with pytest.raises(Unopened, match="larger than"):
        opened(data, limits=limits)


def test_members_together_stay_below_the_limit_of_the_whole():
    with pytest.raises(Unopened, match="all together"):
        opened(zipped(*((f"{n}.xml", CAMT) for n in range(3))), limits=Limits(expanded_max=2 * len(CAMT) + 1))


def test_too_many_members_are_refused():
    with pytest.raises(Unopened, match="more than 3 members"):
        opened(zipped(*((str(n), b"x") for n in range(4))))


def test_a_directory_made_to_fill_the_memory_is_not_read():
    data = bytearray(zipped(("a", b"1")))
    data[-10:-6] = struct.pack("<L", 1 << 30)
    with pytest.raises(Unopened, match="directory"):
        opened(bytes(data))


@pytest.mark.parametrize("name", ["../a.xml", "/etc/passwd", "a/../../b", "..\\b.xml", "C:\\x.xml"])
def test_a_name_that_climbs_refuses_the_archive(name):
    with pytest.raises(Unopened, match="leads out"):
        opened(zipped(("good.xml", CAMT), (name, CAMT)))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_refuse_the_archive():
    with pytest.raises(Unopened, match="two members"):
        opened(zipped(("a.xml", CAMT), ("A.xml", b"2")))


def test_members_that_share_their_bytes_refuse_the_archive():
    data = bytearray(zipped(("a.xml", CAMT), ("b.xml", CAMT)))
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<L", 0)
    with pytest.raises(Unopened, match="share bytes"):
        opened(bytes(data))


def test_an_encrypted_member_is_told_alone_and_its_bytes_are_kept():
    data = bytearray(zipped(("a.xml", CAMT), ("b.xml", b"fine")))
    data[data.find(b"PK\x01\x02") + 8] |= 1
    bad, good = opened(bytes(data))
    assert "encrypted" in bad.problem
    assert bad.data in data
    assert (good.data, good.problem) == (b"fine", None)


def test_a_damaged_member_is_told_alone():
    data = bytearray(zipped(("a.xml", CAMT), ("b.xml", b"fine"), method=zipfile.ZIP_STORED))
    data[data.find(b"<Ntry/>")] ^= 1
    bad, good = opened(bytes(data))
    assert "damaged" in bad.problem
    assert good.problem is None


def test_an_unknown_way_of_packing_is_told_alone():
    bad, good = opened(_mixed())
    assert "not known" in bad.problem
    assert good.data == b"fine"


def _mixed():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.xml", CAMT, zipfile.ZIP_BZIP2)
        archive.writestr("b.xml", b"fine")
    return held.getvalue()


@pytest.mark.parametrize("cut", [1, 10, 30, 60])
@pytest.mark.parametrize("data", [zipped(("a.xml", CAMT)), gzip.compress(CAMT)], ids=["zip", "gzip"])
def test_what_was_cut_short_is_refused_in_words(data, cut):
    with pytest.raises(Unopened, match=r"cut short|damaged"):
        opened(data[:-cut])


@given(st.data())
def test_no_damage_whatever_escapes_as_another_error_or_as_other_bytes(data):
    whole = bytearray(data.draw(st.sampled_from([zipped(("a.xml", CAMT), ("b.xml", b"2")), gzip.compress(CAMT)])))
    for place in data.draw(st.lists(st.integers(4, len(whole) - 1), max_size=4)):
        whole[place] = data.draw(st.integers(0, 255))
    try:
        found = opened(bytes(whole))
    except Unopened:
        return
    assert all(one.problem is not None or one.data in (CAMT, b"2", b"") for one in found)
