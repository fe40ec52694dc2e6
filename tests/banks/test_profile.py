from datetime import time
from pathlib import Path

import pytest

from banks import profile, secrets
from banks.settings import AfterFetch, HttpsSettings, OnLate, PartUnlisted, SftpSettings, Vanished
from banks.strict import Misconfigured

SHIPPED = Path(__file__).parents[2] / "config" / "banks"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJXoGZ0cSdw1hYWJ6E3gHfnYJpMeb6rX9T2hP2eYyH1k"

GOOD = f"""
name = "testbank"
bic = "TESTDEFFXXX"
[channel]
connector = "sftp"
host = "sftp.testbank.example"
username = "corp"
private_key = "file:/run/secrets/testbank"
host_keys = ["{KEY}"]
[channel.directories]
outbox = "/in"
inbox = ["/out", "/reports"]
[file]
name = "{{bank}}_{{sequence:06d}}.xml"
message = "pain.001.001.09"
[[products]]
name = "sepa"
calendar = "TARGET"
time_zone = "Europe/Berlin"
cutoff = "15:00"
"""


def written(folder: Path, text: str, name: str = "testbank") -> Path:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(Misconfigured) as found:
        profile.load(written(folder, text))
    return [str(problem) for problem in found.value.problems]


def test_the_shipped_banks_are_read():
    banks = profile.load(SHIPPED)
    assert {name: bank.connector for name, bank in banks.items()} == {"alpenbank": "sftp", "nordbank": "https"}
    assert isinstance(banks["alpenbank"].channel, SftpSettings)
    assert isinstance(banks["nordbank"].channel, HttpsSettings)


def test_what_is_not_said_has_the_safe_meaning(tmp_path):
    bank = profile.load(written(tmp_path, GOOD))["testbank"]
    assert bank.title == "testbank"
    assert bank.channel.port == 22
    assert bank.channel.directories.staging == "/in"
    assert bank.channel.pickup.after_fetch is AfterFetch.LEAVE
    assert bank.channel.vanished is Vanished.HANDED_OVER
    assert bank.answers.part_unlisted is PartUnlisted.PENDING
    product = bank.products[0]
    assert (product.message, product.cutoff, product.on_late) == ("pain.001.001.09", time(15, 0), OnLate.ROLL)
    assert product.currency is None


def test_every_problem_is_told_at_once_with_its_file_and_key(tmp_path):
    text = (
        GOOD.replace('bic = "TESTDEFFXXX"', 'bic = "nonsense"')
        .replace('cutoff = "15:00"', 'cutoff = "25:00"')
        .replace("Europe/Berlin", "Europe/Atlantis")
        .replace('host = "sftp.testbank.example"', 'port = "22"')
        .replace("{bank}_{sequence:06d}.xml", "{bank}.xml")
    )
    keys = [line.split(": ")[1] for line in problems(tmp_path, text)]
    assert keys == [
        "bic",
        "channel.host",
        "channel.port",
        "file.name",
        "products[0].cutoff",
        "products[0].time_zone",
    ]


@pytest.mark.parametrize(
    ("found", "put", "key"),
    [
        ('name = "testbank"', 'name = "testbank"\ncolour = "red"', "colour"),
        ('host = "s', 'hots = "x"\nhost = "s', "channel.hots"),
        ('outbox = "/in"', 'outbox = "/in"\noutbax = "/in"', "channel.directories.outbax"),
        ('calendar = "TARGET"', 'calendar = "TARGET"\ncut_off = "15:00"', "products[0].cut_off"),
    ],
)
def test_an_unknown_key_is_an_error_wherever_it_stands(tmp_path, found, put, key):
    (line,) = problems(tmp_path, GOOD.replace(found, put))
    assert line.startswith(f"{tmp_path.name}/testbank.toml: {key}: is not a known key")


def test_a_secret_in_the_file_is_an_error_that_does_not_repeat_it(tmp_path):
    (line,) = problems(tmp_path, GOOD.replace('"file:/run/secrets/testbank"', '"hunter2-hunter2"'))
    assert "channel.private_key" in line
    assert "hunter2" not in line


def test_a_host_key_must_be_pinned(tmp_path):
    assert any("host_keys" in line for line in problems(tmp_path, GOOD.replace(f'host_keys = ["{KEY}"]', "")))
    assert any("host_keys" in line for line in problems(tmp_path, GOOD.replace(KEY, "ssh-ed25519 bm90IGEga2V5")))
    assert any("host_keys" in line for line in problems(tmp_path, GOOD.replace(KEY, KEY.replace("ed25519 ", "rsa "))))


def test_a_bank_needs_a_login_a_product_and_its_own_name(tmp_path):
    assert any("private_key" in line for line in problems(tmp_path, GOOD.replace("private_key", "#")))
    assert any("products" in line for line in problems(tmp_path, GOOD.partition("[[products]]")[0]))
    assert any("must agree" in line for line in problems(tmp_path, GOOD.replace('"testbank"', '"otherbank"')))


def test_archiving_needs_a_folder_to_archive_to(tmp_path):
    text = GOOD.replace("[channel.directories]", 'after_fetch = "archive"\n[channel.directories]')
    assert any("directories.archive" in line for line in problems(tmp_path, text))


def test_a_boolean_is_not_a_number_and_a_number_not_a_boolean(tmp_path):
    keys = problems(tmp_path, GOOD.replace('host = "s', 'port = true\nrename = 1\nhost = "s'))
    assert [line.split(": ")[1] for line in keys] == ["channel.port", "channel.rename"]


def test_problems_of_several_files_come_together(tmp_path):
    written(tmp_path, "name = ", name="broken")
    lines = problems(tmp_path, GOOD.replace("15:00", "noon"))
    assert {line.split(": ")[0].split("/")[1] for line in lines} == {"broken.toml", "testbank.toml"}


def test_a_folder_that_is_not_there_is_a_problem(tmp_path):
    with pytest.raises(Misconfigured, match="not there"):
        profile.load(tmp_path / "nowhere")


def test_an_api_is_https_unless_it_is_on_this_machine(tmp_path):
    api = (SHIPPED / "nordbank.toml").read_text().replace("nordbank", "testbank")
    assert profile.load(written(tmp_path, api))
    lines = problems(tmp_path, api.replace("http://127.0.0.1:8443", "http://api.testbank.example"))
    assert [line.split(": ")[1] for line in lines] == ["channel.base_url", "channel.oauth.token_url"]


def test_an_api_wants_one_way_to_log_in(tmp_path):
    api = (SHIPPED / "nordbank.toml").read_text().replace("nordbank", "testbank")
    both = api.replace("connect_timeout_s", 'bearer = "env:TOKEN"\nconnect_timeout_s')
    assert any("not both" in line for line in problems(tmp_path, both))


def test_an_overlay_moves_a_bank_and_changes_its_digest(tmp_path):
    base, above = tmp_path / "base", tmp_path / "above"
    base.mkdir()
    above.mkdir()
    written(base, GOOD)
    (above / "testbank.toml").write_text("[channel]\nport = 2022\n[channel.directories]\nwork = '/work'\n")
    plain, moved = profile.load(base)["testbank"], profile.load(base, overlay=above)["testbank"]
    assert (moved.channel.host, moved.channel.port) == ("sftp.testbank.example", 2022)
    assert (moved.channel.directories.outbox, moved.channel.directories.work) == ("/in", "/work")
    assert plain.digest != moved.digest


def test_the_digest_is_that_of_the_content_not_of_the_layout(tmp_path):
    first = profile.load(written(tmp_path, GOOD))["testbank"].digest
    second = profile.load(written(tmp_path, GOOD.replace("\n", "\n\n# a remark\n")))["testbank"].digest
    third = profile.load(written(tmp_path, GOOD.replace("15:00", "15:01")))["testbank"].digest
    assert first == second
    assert first != third


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path):
    (tmp_path / "secret").write_text("open sesame\n")
    resolve = secrets.resolver({"TOKEN": "abc"})
    assert resolve("env:TOKEN") == "abc"
    assert resolve(f"file:{tmp_path}/secret") == "open sesame"
    for missing in ("env:OTHER", f"file:{tmp_path}/other", "abc"):
        with pytest.raises(secrets.SecretMissing):
            resolve(missing)


def test_a_reference_that_is_really_a_secret_is_not_repeated():
    with pytest.raises(secrets.SecretMissing) as found:
        secrets.resolver({})("hunter2")
    assert "hunter2" not in str(found.value)


LIMITED = """
[limits]
files_at_once = 2
per_minute = 30

[polling]
every_s = 120
jitter_percent = 20
windows = ["06:00-20:00", "22:00-02:00"]
time_zone = "Europe/Oslo"
days = ["mon", "fri"]
"""


def api_bank(text):
    shipped = (SHIPPED / "nordbank.toml").read_text().replace("nordbank", "testbank")
    return shipped.replace("[polling]\nevery_s = 60\n", "") + text


def test_limits_and_hours_of_a_bank_are_data(tmp_path):
    (tmp_path / "testbank.toml").write_text(api_bank(LIMITED))
    bank = profile.load(tmp_path)["testbank"]
    assert (bank.limits.files_at_once, bank.limits.per_minute) == (2, 30)
    assert [str(hours) for hours in bank.polling.windows] == ["06:00-20:00", "22:00-02:00"]
    assert (bank.polling.every_s, bank.polling.days) == (120, (0, 4))


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('"22:00-02:00"', '"22-02"', "not a stretch of the day"),
        ('"22:00-02:00"', '"22:00-22:00"', "not a stretch of the day"),
        ("Europe/Oslo", "Europe/Nowhere", "not a time zone"),
        ('"mon", "fri"', '"monday"', "not a day"),
        ('"mon", "fri"', "", "never asked"),
        ("files_at_once = 2", "files_at_once = 0", "allowed is 1"),
        ("per_minute = 30", "per_hour = 30", "not a known key"),
    ],
)
def test_wrong_limits_and_hours_are_told_with_their_key(tmp_path, right, wrong, told):
    assert any(told in line for line in problems(tmp_path, api_bank(LIMITED.replace(right, wrong))))


def test_a_product_may_have_a_folder_of_its_own(tmp_path):
    text = api_bank("").replace('name = "sepa"', 'name = "sepa"\ndirectory = "/in/sepa"')
    (tmp_path / "testbank.toml").write_text(text)
    assert [product.directory for product in profile.load(tmp_path)["testbank"].products] == ["/in/sepa", None]


PGP = f"""
[pgp]
[[pgp.our_keys]]
fingerprint = "{"a" * 40}"
secret = "file:/keys/ours.asc"
[[pgp.bank_keys]]
fingerprint = "{"b" * 40}"
public = "file:/keys/bank.asc"
"""


def test_the_keys_in_force_are_part_of_the_digest(tmp_path):
    written(tmp_path, GOOD)
    plain = profile.load(tmp_path)["testbank"]
    written(tmp_path, GOOD + PGP)
    sealed = profile.load(tmp_path)["testbank"]
    written(tmp_path, GOOD + PGP.replace("b" * 40, "c" * 40))
    exchanged = profile.load(tmp_path)["testbank"]
    assert plain.pgp is None
    assert sealed.pgp is not None
    assert len({plain.digest, sealed.digest, exchanged.digest}) == 3


def test_what_is_wrong_with_a_key_is_told_with_the_files_other_problems(tmp_path):
    told = problems(tmp_path, GOOD + PGP.replace('"' + "a" * 40, '"' + "a" * 8) + "colour = 1\n")
    assert any("pgp.our_keys[0].fingerprint" in one for one in told), told
    assert any("pgp.bank_keys[0].colour: is not a known key" in one for one in told), told


def test_an_api_is_not_sealed(tmp_path):
    text = (SHIPPED / "nordbank.toml").read_text() + PGP
    assert any("is for banks that take files" in one for one in problems(tmp_path, text))


def test_a_bank_takes_recalls_where_its_profile_says_how(tmp_path):
    own = '[recall]\nmessage = "camt.055.001.09"\nname = "RECALL_{reference}.xml"\ndirectory = "/recalls"\n'
    plain = profile.load(written(tmp_path, GOOD))["testbank"]
    taking = profile.load(written(tmp_path, GOOD + own))["testbank"]
    assert plain.recall is None
    assert taking.recall is not None
    assert (taking.recall.message, taking.recall.name, taking.recall.directory) == (
        "camt.055.001.09", "RECALL_{reference}.xml", "/recalls",
    )  # fmt: skip
    assert taking.digest != plain.digest
    short = profile.load(written(tmp_path, GOOD + '[recall]\nmessage = "camt.055.001.08"\n'))["testbank"]
    assert short.recall is not None
    assert short.recall.name == short.file.name


def test_the_days_of_recalls_are_those_of_sepa_unless_the_profile_says_otherwise(tmp_path):
    own = '[recall]\nmessage = "camt.055.001.09"\n'
    usual = profile.load(written(tmp_path, GOOD + own))["testbank"].recall
    more = 'late = "warn"\nanswer_days = 10\n[recall.ask_within]\nDUPL = "1 month"\nFRAD = "any time"\n'
    other = profile.load(written(tmp_path, GOOD + own + more))["testbank"].recall
    assert usual is not None
    assert other is not None
    assert (usual.answer_days, usual.late, str(usual.ask_within["TECH"].unit)) == (15, "refuse", "banking days")
    assert (other.answer_days, other.late, str(other.ask_within["DUPL"].unit)) == (10, "warn", "months")
    assert "FRAD" in usual.ask_within
    assert "FRAD" not in other.ask_within
    assert other.ask_within["TECH"] == usual.ask_within["TECH"]


def test_what_is_wrong_with_recalls_in_a_profile_is_told_at_once(tmp_path):
    wrong = '[recall]\nmessage = "camt.055.001.02"\nname = "same.xml"\ncolour = "red"\n'
    wrong += 'late = "maybe"\n[recall.ask_within]\nDUPL = "a while"\nOOPS = "3 months"\n'
    with pytest.raises(Misconfigured) as raised:
        profile.load(written(tmp_path, GOOD + wrong))
    told = [str(one) for one in raised.value.problems]
    assert len(told) == 6
    for key in (
        "recall.message", "recall.name", "recall.colour", "recall.late", "recall.ask_within.DUPL",
        "recall.ask_within.OOPS",
    ):  # fmt: skip
        assert any(key in one for one in told), told


def test_a_bank_behind_an_api_takes_no_recalls_by_message(tmp_path):
    shipped = (SHIPPED / "nordbank.toml").read_text(encoding="utf-8").replace('name = "nordbank"', 'name = "testbank"')
    with pytest.raises(Misconfigured) as raised:
        profile.load(written(tmp_path, shipped + '\n[recall]\nmessage = "camt.055.001.09"\n'))
    assert any("call a bank that has an API" in str(one) for one in raised.value.problems)
