"""The seeds and what fuzzing once found, read again; and mutations of them, as properties."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.readers import READERS, attempt, seeds


@pytest.mark.parametrize(
    ("reader", "path"),
    [(reader, path) for reader in READERS for path in seeds(reader)],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_seed_is_read_or_refused_with_an_error_of_ours(reader, path):
    attempt(reader, path.read_bytes())


def mutated(data):
    """A seed with a piece cut out, doubled or replaced by anything."""
    cut = st.integers(0, len(data))
    return st.builds(
        lambda a, b, middle, times: (
            data[: min(a, b)] + middle + data[min(a, b) : max(a, b)] * times + data[max(a, b) :]
        ),
        cut,
        cut,
        st.one_of(
            st.binary(max_size=12), st.sampled_from([b"<", b"\x00", b"\r\n:61:", b"&x;", b"NaN", b"?20", b"\xff\xfe"])
        ),
        st.integers(0, 2),
    )


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_mutated_message_raises_nothing_but_an_error_of_ours(reader, data):
    path = data.draw(st.sampled_from(seeds(reader)))
    attempt(reader, data.draw(mutated(path.read_bytes())))
