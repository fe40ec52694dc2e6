"""The console: server-rendered pages for the people who approve batches and watch the banks."""

from gateway.console.site import mount

__all__ = ["mount"]
