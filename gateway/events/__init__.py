"""Telling others: events as CloudEvents, the feed, webhooks signed as Standard Webhooks says."""
