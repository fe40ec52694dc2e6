"""The nine steps of a payment's path, one module each. A step never calls another step."""

PATH = (
    "intake",
    "validate",
    "approve",
    "schedule",
    "generate",
    "submit",
    "acknowledge",
    "reconcile",
    "notify",
)
"""The path, in order: the console draws it, the docs describe it, the tests walk it."""
