import pytest

from gateway.api.paging import SEQUENCE_MAX, sequence_of


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("42", 42), (str(SEQUENCE_MAX), SEQUENCE_MAX), (str(SEQUENCE_MAX + 1), SEQUENCE_MAX), ("9" * 20, None),
     ("9" * 5_000, None), ("-1", None), ("", None), (None, None), ("\u0661", None), ("1.0", None)],
)  # fmt: skip
def test_the_number_a_stream_goes_on_from_is_one_of_ours(text, number):
    assert sequence_of(text) == number
