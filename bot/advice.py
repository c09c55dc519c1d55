"""The use cases of the alarm adviser: what its form begins with, asking, and the job that answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.core import work
from bot.core.alarms.advise import advise, check_metric, compare, wanted, wanted_for
from bot.core.alarms.backtest import DAYS, KnownIncident
from bot.core.alarms.form import AlarmForm, plan_from
from bot.core.alarms.history import AlarmMetrics
from bot.core.alarms.known import known_incident
from bot.core.alarms.natures import metrics_of
from bot.core.alarms.view import AdviceView, picture
from bot.core.alarms.write import AlarmWrite
from bot.core.evidence import Alarm
from bot.core.message import Value
from bot.core.model import LoadBalancer, Unread, Window
from bot.core.opening import several_load_balancers, unknown_load_balancer
from bot.core.ports import AlarmReader, Clock
from bot.core.store import Store, Transaction

TEXT, PICTURE, CODE = "text", "picture", "code"
MESSAGE = "alarm:"
"""Keys of the messages: `alarm:<part>:<key>`."""


class AdviceRequest(Value):
    """Who asks for which metric of which load balancer; `form` None: the adviser chooses the values."""

    team: str
    channel: str
    user: str
    load_balancer: str
    metric: str
    form: AlarmForm | None = None


class AlarmAdvice:
    """`answer` is the job; everything else is one short transaction."""

    def __init__(self, store: Store, clock: Clock, reader: AlarmReader, *, language: str = "en") -> None:
        self._store = store
        self._clock = clock
        self._reader = reader
        self._language = language

    def subject(self, load_balancer: str, metric: str = "") -> tuple[LoadBalancer, str]:
        """The load balancer of that name, ARN or DNS name, and its type's main metric if none; UserError."""
        with self._store.begin() as kept:
            lb = self._found(kept, load_balancer)
        chosen = metric or metrics_of(lb.type)[0]
        check_metric(lb, chosen)
        return lb, chosen

    def ask(self, request: AdviceRequest, key: str) -> None:
        """The advice is posted in the channel soon; the same key again posts nothing new.

        UserError for a metric or values that make no alarm.
        """
        with self._store.begin() as kept:
            lb = self._found(kept, request.load_balancer)
            check_metric(lb, request.metric)
            if request.form:
                plan_from(lb, request.form)
            kept.defer(work.advise_alarm(request.model_dump(mode="json"), key))

    def answer(self, request: dict[str, Any], key: str) -> None:
        """Reads AWS and puts the advice, its picture and the code into one transaction."""
        asked = AdviceRequest.model_validate(request)
        with self._store.begin() as kept:
            lb = self._found(kept, asked.load_balancer)
            since = self._clock.now() - timedelta(days=DAYS)
            incidents = kept.incidents_about(asked.team, lb, since)
        known = tuple(known_incident(incident) for incident in incidents)
        view, history = self._advised(asked, lb, known)
        plan = view.advice.proposed.plan
        shown = picture(plan, history, known)
        lane = f"alarm/{key}"
        with self._store.begin() as kept:
            write = kept.new_alarm_write(
                AlarmWrite(team=asked.team, channel=asked.channel, key=key, load_balancer=lb, plan=plan)
            )
            parts = {
                TEXT: view.model_copy(update={"write": write}).model_dump(mode="json"),
                PICTURE: shown.model_dump(mode="json") if shown else None,
                CODE: plan.model_dump(mode="json"),
            }
            settings = kept.channel(asked.team, asked.channel)
            locale = settings.locale if settings else self._language
            for position, (part, payload) in enumerate(parts.items()):
                if payload:
                    kept.add_message(
                        team=asked.team,
                        channel=asked.channel,
                        locale=locale,
                        key=f"{MESSAGE}{part}:{key}",
                        lane=lane,
                        payload=payload,
                        position=position,
                    )
            kept.defer(work.deliver(lane))

    def _advised(
        self, asked: AdviceRequest, lb: LoadBalancer, known: tuple[KnownIncident, ...]
    ) -> tuple[AdviceView, AlarmMetrics]:
        """What was not read leaves out figures; the proposal itself needs no reading."""
        read = self._reader.alarms(lb.region)
        alarms: tuple[Alarm, ...] = () if isinstance(read, Unread) else read
        plan = plan_from(lb, asked.form) if asked.form else None
        metrics = wanted_for(plan, alarms) if plan else wanted(lb, asked.metric, alarms)
        now = self._clock.now()
        found = self._reader.history(lb.region, metrics, now)
        nothing = Window(start=now - timedelta(days=DAYS), end=now)
        history = AlarmMetrics(window=nothing, series=()) if isinstance(found, Unread) else found
        advice = (
            compare(lb, plan, history, alarms, known)
            if plan
            else advise(lb, asked.metric, history, alarms, known)
        )
        unread = tuple(one for one in (read, found) if isinstance(one, Unread))
        return AdviceView(advice=advice, unread=unread, known=len(known), asked_by=asked.user), history

    def _found(self, kept: Transaction, said: str) -> LoadBalancer:
        found = kept.load_balancers(said.strip())
        if not found:
            raise unknown_load_balancer(
                said, kept.load_balancer_names(), kept.inventory_read_at(), self._clock.now()
            )
        if len(found) > 1:
            raise several_load_balancers(said, found)
        return found[0]
