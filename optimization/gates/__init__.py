"""Whether opening a gate does what a new site would: who walks how much less, and at what cost."""

from optimization.gates.cover import GatePlan, GateSiting, gate_cover, open_gates, with_gates
from optimization.gates.gains import GateGain, gate_gains

__all__ = [
    "GateGain",
    "GatePlan",
    "GateSiting",
    "gate_cover",
    "gate_gains",
    "open_gates",
    "with_gates",
]
