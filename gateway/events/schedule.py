"""When a delivery that failed is tried again: ten tries within about 75 hours, as Standard Webhooks suggests."""

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DELAYS_MS = (
    5_000,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
)
"""The wait after the first, second … failure; together 75 h 35 min. After one more failure the hub gives up."""
JITTER = 5
"""A wait grows by up to a fifth, so that receivers that come back are not hit by everyone at once."""


def next_try_ms(failures: int, *, now_ms: int, chance: int) -> int | None:
    """When to try again after so many failures in a row (1 or more), or None: give up.

    ``chance`` is any non-negative number from a source of randomness.
    """
    if failures > len(DELAYS_MS):
        return None
    delay = DELAYS_MS[failures - 1]
    return now_ms + delay + chance % (delay // JITTER)
