"""An emulated AWS account: moto behind a thin overlay, with load balancers and incidents to diagnose."""

from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.server import SandboxAws

__all__ = ["Estate", "SandboxAws"]
