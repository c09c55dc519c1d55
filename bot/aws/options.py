"""What a team can tell the reader about its account that AWS does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ReaderOptions:
    """`log_groups`: CloudWatch Logs groups of the applications, by the name of the load balancer or of a
    target group, or by `tag:KEY=VALUE` of the load balancer. `terraform_dir`, `cloudformation_dir`: folders
    with the code that defines the alarms; state files (`*.tfstate`) in the first are read too.
    """

    log_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    terraform_dir: Path | None = None
    cloudformation_dir: Path | None = None


NOTHING_SET = ReaderOptions()
