import pytest

PAGES = (
    "/",
    "/batches",
    "/payments",
    "/files",
    "/cutoffs",
    "/statements",
    "/breaks",
    "/documents",
    "/events",
    "/trail",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_something_useful_when_there_is_nothing(site, path):
    shown = site.browser("anna").get(path)
    assert shown.status_code == 200, shown.text
