"""The use cases of an incident, one transaction each; handlers and jobs call these and nothing else.

Every method either succeeds and leaves state, timeline and outbox consistent, or raises UserError with a
sentence for the person who asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core import walk, work
from bot.core.answers import human_signals
from bot.core.cause import Cause
from bot.core.channel import Channel
from bot.core.checks import Check
from bot.core.diagnosis import diagnose
from bot.core.errors import UserError
from bot.core.incident import Choice, Incident, StepStatus
from bot.core.message import Message, say
from bot.core.model import Finding, LoadBalancer
from bot.core.opening import runbook_for, scope_for, several_load_balancers, unknown_load_balancer
from bot.core.ports import Clock
from bot.core.runbook import Runbook
from bot.core.showing import messages_to_show
from bot.core.store import Store, Transaction
from bot.core.work import Job

# The check that says which side of the load balancer fails; it starts by itself.
FIRST_LINE = "first_line"


@dataclass(frozen=True)
class OpenRequest:
    """What a person asked for. `load_balancer` is a name, ARN or DNS name; `alarm_at` None means now.

    `window` is the length looked at: half before `alarm_at` and half after it, cut at now
    (bot.core.times.window_around). A repeated `request_key` opens nothing new.
    """

    team: str
    channel: str
    user: str
    load_balancer: str
    alarm_at: datetime | None = None
    window: timedelta = timedelta(minutes=60)
    statistic: str = "Sum"
    period_s: int = 60
    runbook: str = ""
    request_key: str = ""


class Incidents:
    """See the module's first lines. `version` is the step version the clicked button carried."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        runbooks: Mapping[str, Runbook],
        checks: Mapping[str, Check],
        causes: tuple[Cause, ...],
        *,
        allowed_channels: Collection[str] = (),
        language: str = "en",
    ) -> None:
        """`allowed_channels` empty means every channel; `language` is that of channels that chose none."""
        self._store = store
        self._clock = clock
        self._runbooks = runbooks
        self._checks = checks
        self._causes = causes
        self._allowed_channels = frozenset(allowed_channels)
        self._language = language

    def open(self, request: OpenRequest) -> Incident:
        now = self._clock.now()
        with self._store.begin() as kept:
            opened = self._open(kept, request, now)
        # Raised after the commit: the refresh of the list must be on its way.
        if isinstance(opened, UserError):
            raise opened
        return opened

    def answer(
        self, incident_id: int, step_id: str, version: int, choice: Choice, note: str, user: str
    ) -> Incident:
        now = self._clock.now()
        return self._move(
            incident_id,
            lambda incident, book: self._diagnosed(
                walk.answered(incident, book, step_id, version, choice, note, user, now), now
            ),
        )

    def ask(self, incident_id: int, step_id: str, version: int, whom: str, user: str) -> Incident:
        now = self._clock.now()
        return self._move(
            incident_id, lambda incident, book: walk.asked(incident, book, step_id, version, whom, user, now)
        )

    def run_check(
        self, incident_id: int, step_id: str, version: int, user: str, fresh: bool = False
    ) -> Incident:
        now = self._clock.now()
        return self._move(
            incident_id,
            lambda incident, book: walk.check_started(incident, book, step_id, version, user, now),
            fresh=fresh,
        )

    def run_rest(self, incident_id: int, user: str) -> Incident:
        now = self._clock.now()
        return self._move(incident_id, lambda incident, book: walk.rest_started(incident, book, user, now))

    def change_window(
        self,
        incident_id: int,
        alarm_at: datetime,
        window: timedelta,
        statistic: str,
        period_s: int,
        user: str,
    ) -> Incident:
        now = self._clock.now()

        def change(incident: Incident, book: Runbook) -> Incident:
            scope = scope_for(
                incident.scope.load_balancer,
                alarm_at=alarm_at,
                window=window,
                statistic=statistic,
                period_s=period_s,
                now=now,
            )
            return walk.window_changed(incident, book, scope, user, now)

        return self._move(incident_id, change)

    def note(self, incident_id: int, text: str, user: str, at: datetime, key: str) -> Incident:
        return self._move(incident_id, lambda incident, _: walk.noted(incident, text, user, at, key))

    def take_over(self, incident_id: int, user: str) -> Incident:
        now = self._clock.now()
        return self._move(incident_id, lambda incident, _: walk.taken_over(incident, user, now))

    def confirm_cause(self, incident_id: int, cause: str, user: str) -> Incident:
        """`cause` is the id of a cause, or a person's own words for another one."""
        now = self._clock.now()
        title = self._title(cause) or say("{cause}", cause=cause)
        return self._move(
            incident_id,
            lambda incident, book: walk.cause_confirmed(incident, book, cause, title, user, now),
        )

    def resolve(self, incident_id: int, summary: str, user: str) -> Incident:
        now = self._clock.now()
        return self._move(incident_id, lambda incident, _: walk.resolved(incident, summary, user, now))

    def export(self, incident_id: int, request_key: str) -> Incident:
        """The case file comes into the thread soon; the same request again makes no second one."""
        with self._store.begin() as kept:
            incident = _there(kept.incident(incident_id))
            kept.defer(work.export(incident_id, f"case:{request_key}"))
        return incident

    def record_finding(
        self, incident_id: int, step_id: str, finding: Finding, version: int | None = None
    ) -> Incident:
        """`version` is that of the run; a finding of a run that was overtaken is dropped."""
        now = self._clock.now()

        def record(incident: Incident, book: Runbook) -> Incident:
            recorded = walk.finding_recorded(incident, book, step_id, finding, now, version)
            return incident if recorded is incident else self._diagnosed(recorded, now)

        return self._move(incident_id, record)

    def tell_refusal(self, incident_id: int, message_key: str, why: str) -> Incident:
        """Slack refused to show one of the incident's messages; the timeline says so."""
        now = self._clock.now()
        return self._move(incident_id, lambda incident, _: walk.refusal_told(incident, message_key, why, now))

    def get(self, incident_id: int) -> Incident:
        with self._store.begin() as kept:
            return _there(kept.incident(incident_id))

    def open_in(self, team: str, channel: str) -> tuple[Incident, ...]:
        with self._store.begin() as kept:
            return kept.open_incidents(team, channel)

    def in_thread(self, team: str, channel: str, thread_ts: str) -> Incident | None:
        with self._store.begin() as kept:
            return kept.incident_in_thread(team, channel, thread_ts) if thread_ts else None

    def language(self, team: str, channel: str) -> str:
        """The language of the channel."""
        with self._store.begin() as kept:
            settings = kept.channel(team, channel)
        return settings.locale if settings else self._language

    def set_language(self, team: str, channel: str, language: str) -> None:
        """New incidents and digests of the channel are in that language; open ones keep theirs."""
        with self._store.begin() as kept:
            settings = kept.channel(team, channel) or Channel(team=team, channel=channel)
            kept.put_channel(settings.model_copy(update={"locale": language}))

    def _open(self, kept: Transaction, request: OpenRequest, now: datetime) -> Incident | UserError:
        settings = kept.channel(request.team, request.channel)
        self._check_channel(request.channel, settings)
        found = kept.load_balancers(request.load_balancer.strip())
        if not found:
            kept.defer(work.refresh_inventory())
            return unknown_load_balancer(
                request.load_balancer, kept.load_balancer_names(), kept.inventory_read_at(), now
            )
        if len(found) > 1:
            return several_load_balancers(request.load_balancer, found)
        incident, runbook = self._new(request, found[0], settings, now)
        stored = kept.new_incident(incident, request.request_key)
        if stored is None:
            return _there(kept.incident_of_request(request.team, request.request_key))
        self._follow_up(kept, None, stored, runbook, fresh=False)
        return stored

    def _new(
        self, request: OpenRequest, load_balancer: LoadBalancer, settings: Channel | None, now: datetime
    ) -> tuple[Incident, Runbook]:
        runbook = runbook_for(self._runbooks, request.runbook, load_balancer.type)
        scope = scope_for(
            load_balancer,
            alarm_at=request.alarm_at or now,
            window=request.window,
            statistic=request.statistic,
            period_s=request.period_s,
            now=now,
        )
        incident = walk.opened(
            runbook,
            scope,
            team=request.team,
            channel=request.channel,
            locale=settings.locale if settings else self._language,
            user=request.user,
            now=now,
        )
        for step in runbook.steps:
            if step.kind == "check" and step.check == FIRST_LINE:
                incident = walk.check_started(incident, runbook, step.id, 0, request.user, now)
        return incident, runbook

    def _check_channel(self, channel: str, settings: Channel | None) -> None:
        listed = not self._allowed_channels or channel in self._allowed_channels
        if not listed or (settings and not settings.allowed):
            raise UserError(say("Incidents cannot be opened in this channel."))

    def _move(
        self, incident_id: int, transition: Callable[[Incident, Runbook], Incident], fresh: bool = False
    ) -> Incident:
        """One transaction: lock, transition, save, and what follows from the difference."""
        with self._store.begin() as kept:
            before = _there(kept.incident(incident_id, lock=True))
            runbook = self._runbooks[before.runbook]
            after = transition(before, runbook)
            if after is not before:
                kept.save_incident(before, after)
                self._follow_up(kept, before, after, runbook, fresh)
        return after

    def _follow_up(
        self, kept: Transaction, before: Incident | None, after: Incident, book: Runbook, fresh: bool
    ) -> None:
        """The messages that must be shown anew, and the jobs for them and for checks that were started."""
        kept.want(after, messages_to_show(before, after, book))
        for job in _jobs(before, after, fresh):
            kept.defer(job)

    def _diagnosed(self, incident: Incident, now: datetime) -> Incident:
        diagnosis = diagnose(
            self._causes,
            incident.findings,
            incident.scope.load_balancer.type,
            tuple(self._checks.values()),
            human=human_signals(incident, self._runbooks[incident.runbook]),
        )
        title = self._title(diagnosis.cause) if diagnosis.cause else None
        return walk.diagnosed(incident, diagnosis, title, now)

    def _title(self, cause_id: str) -> Message | None:
        return next((Message(text=cause.title) for cause in self._causes if cause.id == cause_id), None)


def _jobs(before: Incident | None, after: Incident, fresh: bool) -> Iterable[Job]:
    started = {
        step.step_id: step.version
        for step in after.steps
        if step.status is StepStatus.RUNNING and not (before and before.step(step.step_id) == step)
    }
    yield work.deliver(work.incident_lane(after.id))
    if started:
        yield work.check(after.id, started, fresh)


def _there(incident: Incident | None) -> Incident:
    if incident is None:
        raise UserError(say("This incident is not here any more."))
    return incident
