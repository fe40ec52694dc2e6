import pytest

from tests.campaigns import schema
from tests.campaigns.tamper import database


@pytest.mark.slow
def test_no_made_up_request_breaks_the_api_or_learns_what_its_caller_may_not_know():
    with database("sqlite") as url:
        operations, requests, found = schema.run(url, schema.EXAMPLES_SHORT, callers=schema.FEW)
    assert found == []
    assert operations > 50
    assert requests > 500
