"""Banks: how to reach one (connectors), how it wants things (profiles), and one to practise on (the simulator)."""
