"""What CloudTrail says about the things the paths cross: what changed, when, and what that proves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.evidence import Change, Changes
from bot.core.message import Code, Message, say
from bot.core.model import Moment, MomentKind, Scope, Unread
from bot.core.paths.changes import GRANTING, Removal, behind, involved, network_changes
from bot.core.paths.network import Network
from bot.core.paths.verdicts import Path, Predicate, Verdict
from bot.core.suspect import TRAIL_LAG, Suspect


@dataclass(frozen=True)
class History:
    """`related`: successful writes to what the paths cross, oldest first; none while changes are unread."""

    network: Network
    scope: Scope
    changes: Changes | Unread
    suspect: Suspect
    ids: frozenset[str]
    related: tuple[Change, ...]

    @classmethod
    def of(
        cls,
        network: Network,
        scope: Scope,
        changes: Changes | Unread,
        suspect: Suspect,
        paths: Iterable[Path],
    ) -> History:
        ids = involved(network, (path.target for path in paths))
        found = () if isinstance(changes, Unread) else network_changes(changes.changes, ids)
        return cls(network, scope, changes, suspect, ids, tuple(sorted(found, key=lambda c: (c.at, c.id))))

    @property
    def before_onset(self) -> tuple[Change, ...]:
        """Those that can close a path, within the suspect time."""
        return tuple(c for c in self.related if c.name not in GRANTING and self.suspect.window.holds(c.at))

    @property
    def quiet_before_onset(self) -> bool:
        """CloudTrail shows that nothing was changed in the suspect time, beyond its own delay."""
        return self.suspect.was_read(self.changes) and not self.before_onset

    @property
    def quiet_until_now(self) -> bool:
        """Nothing was changed from the suspect time until the rules were read, as far as CloudTrail shows.

        A path that is open now was open then only if nobody has repaired it in between.
        """
        if isinstance(self.changes, Unread) or not self.quiet_before_onset:
            return False
        return self.changes.window.end >= self.scope.now - TRAIL_LAG and not self.since_onset

    @property
    def since_onset(self) -> tuple[Change, ...]:
        return tuple(c for c in self.related if c.at >= self.suspect.window.start)

    def removal(self, path: Path) -> Removal | None:
        """The change behind a blocked path."""
        return behind(self.network, path, self.related) if path.verdict is Verdict.BLOCK else None

    def resource(self, change: Change) -> Code:
        """The first thing on the path that the change names."""
        return Code(text=next(r for r in change.resources if r in self.ids))


def blame(history: History, removal: Removal) -> Message:
    """'It had one until 14:02, removed by role/deploy-bot.'"""
    change = removal.change
    if removal.rule:
        return say("It had one until {when}, removed by {who}.", when=change.at, who=change.principal)
    return say(
        "{resource} was changed at {when} by {who} ({event}).",
        resource=history.resource(change),
        when=change.at,
        who=change.principal,
        event=Code(text=change.name),
    )


def moment(history: History, path: Path, removal: Removal) -> Moment:
    """The change as a line of the timeline; its key is the CloudTrail event's, which other checks share."""
    change = removal.change
    message = say(
        "{who} changed {resource} ({event})",
        who=change.principal,
        resource=history.resource(change),
        event=Code(text=change.name),
    )
    if removal.rule:
        message = _removed(history, path, change)
    return Moment(
        at=change.at, kind=MomentKind.CHANGE, message=message, key=f"change:{change.id}", by=change.principal
    )


def _removed(history: History, path: Path, change: Change) -> Message:
    values: dict[str, object] = {
        "who": change.principal,
        "port": f"{path.protocol} {path.port}",
        "group": history.resource(change),
    }
    if path.obstacle and path.obstacle.predicate is Predicate.LOAD_BALANCER_GROUP:
        return say("{who} removed {port} to the target from {group}", **values)
    return say("{who} removed {port} from {group}", **values)
