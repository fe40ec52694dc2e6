"""The REST door: one router per noun, problems as RFC 9457 says, keys, idempotency."""
