"""A bank to practise on: it behaves, and misbehaves, over a real SFTP server and a real HTTP API.

``with OpenBank(scenario.load(path), folder, SimulatedClock(folder / "clock.json")) as bank`` opens one in this
process; ``payhub simulate`` opens one in its own.
"""
