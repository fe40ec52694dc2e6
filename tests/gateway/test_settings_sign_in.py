import pytest

from banks.strict import Table
from gateway.settings_sign_in import proxies, safe_address, sign_in, tls

ISSUER = {"name": "corp", "issuer": "https://id.example", "client_id": "payhub", "client_secret": "env:S"}


def read(*issuers, **facts):
    """What is read, and what is complained of, by key."""
    table = Table(content={"address": "https://payhub.example", "issuers": list(issuers)} | facts, file="payhub.toml")
    found = sign_in(table)
    return found, {one.key for one in table.problems}


def test_without_services_passwords_are_the_door():
    found, problems = read(address="")
    assert (found.passwords, dict(found.issuers), problems) == (True, {}, set())


def test_a_service_is_read_with_what_it_asks_of_a_sign_in():
    found, problems = read(
        ISSUER | {"title": "Corp", "acr_values": ["gold"], "amr": ["otp"], "max_age_s": 300, "link_by_email": True},
        passwords=False,
    )
    assert problems == set()
    one = found.issuers["corp"]
    assert (one.title, one.acr_values, one.amr, one.max_age_s) == ("Corp", ("gold",), ("otp",), 300)
    assert (one.client_proof, one.link_by_email, found.passwords) == ("basic", True, False)


def test_an_address_of_one_account_matches_nobody_unless_it_is_asked_for():
    assert read(ISSUER)[0].issuers["corp"].link_by_email is False


WRONG = {
    "a secret in the file": ({"client_secret": "hunter2"}, "issuers[0].client_secret"),
    "an address anybody could change": ({"issuer": "http://id.example"}, "issuers[0].issuer"),
    "an address with a query": ({"issuer": "https://id.example?a=b"}, "issuers[0].issuer"),
    "a proof without a secret": ({"client_secret": None}, None),
    "a secret without a use": ({"client_proof": "none"}, "issuers[0].client_proof"),
    "a name that is no word": ({"name": "Corp!"}, "issuers[0].name"),
    "a key nobody knows": ({"scopes": "all"}, "issuers[0].scopes"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_service_is_said_by_its_key(what):
    facts, key = WRONG[what]
    _, problems = read({name: value for name, value in (ISSUER | facts).items() if value is not None})
    assert problems == (set() if key is None else {key})


def test_a_hub_nobody_could_enter_a_name_twice_and_a_way_back_to_nowhere_are_refused():
    assert read(passwords=False)[1] == {"passwords"}
    assert read(ISSUER, ISSUER)[1] == {"issuers[1].name", "issuers[1].issuer"}
    assert read(ISSUER, address="")[1] == {"address"}
    assert read(ISSUER, address="http://payhub.example")[1] == {"address"}


@pytest.mark.parametrize(
    ("address", "safe"),
    [("https://x.example", True), ("http://localhost:1", True), ("http://127.0.0.1/a", True), ("http://[::1]", True),
     ("http://localhost.example", False), ("https://u:p@x.example", False), ("https://", False), ("//x", False),
     ("https://[", False), ("https://x#y", False), ("ftp://x", False), ("", False)],
)  # fmt: skip
def test_only_addresses_nobody_on_the_line_can_change_are_safe(address, safe):
    assert safe_address(address) is safe


def test_tls_of_our_own_is_read_whole_or_complained_of(tmp_path):
    (tmp_path / "a.pem").write_text("x")
    here = str(tmp_path / "a.pem")

    def read_api(**facts):
        table = Table(content=facts, file="payhub.toml")
        return tls(table), {one.key for one in table.problems}

    assert read_api() == (None, set())
    found, problems = read_api(certificate=here, certificate_key=here, client_authorities=here)
    assert (found.certificate, found.client_authorities, problems) == (tmp_path / "a.pem", tmp_path / "a.pem", set())
    assert read_api(certificate=here)[1] == {"certificate"}
    assert read_api(client_authorities=here)[1] == {"client_authorities"}
    assert read_api(certificate=here, certificate_key=f"{here}.not")[1] == {"certificate_key"}


def test_proxies_are_addresses_of_machines():
    table = Table(content={"proxies": ["10.0.0.5", "::1", "proxy.example"]}, file="payhub.toml")
    assert proxies(table) == {"10.0.0.5", "::1"}
    assert [one.key for one in table.problems] == ["proxies"]
