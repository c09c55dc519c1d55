"""The network path: from every zone of the load balancer to every target's port, with every rule it crosses.

`Network.of(...)` joins the evidence, `evaluate_paths` answers one Path per pair. Nothing is merged: one
zone's network ACL may block while the others allow (DOMAIN.md section 4).
"""

from bot.core.paths.evaluate import evaluate_paths
from bot.core.paths.network import Network
from bot.core.paths.pairs import Settings, check_port, crosses_zones, traffic_ports
from bot.core.paths.verdicts import Obstacle, Path, Predicate, Purpose, Verdict

__all__ = [
    "Network",
    "Obstacle",
    "Path",
    "Predicate",
    "Purpose",
    "Settings",
    "Verdict",
    "check_port",
    "crosses_zones",
    "evaluate_paths",
    "traffic_ports",
]
