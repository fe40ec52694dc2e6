import pytest

from gateway.domain.roles import Role
from tests.campaigns import matrix


@pytest.mark.slow
def test_each_role_is_allowed_what_its_duty_says_and_nothing_else():
    cells, wrong = matrix.run((Role.APPROVER, Role.ADMINISTRATOR))
    assert wrong == []
    assert cells > 700
