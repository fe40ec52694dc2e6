from tests.gateway.steps.conftest import crowd, hub, world

__all__ = ["crowd", "hub", "world"]
