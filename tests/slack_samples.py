"""An incident in the middle of its walk, with all kinds of steps, for tests of what people see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.cause import Band, Cause, Diagnosis, NotChecked, RankedCause, Reason, Verdict, Weight
from bot.core.checks import Case, Check
from bot.core.evidence import Changes, NetworkAcls, RouteTables, SecurityGroups, TargetHealth
from bot.core.incident import Answer, Choice, Incident, IncidentState, StepState, StepStatus
from bot.core.message import Code, Message, Person, Value, many, say
from bot.core.model import (
    Chart,
    ChartSeries,
    Finding,
    LoadBalancerType,
    Moment,
    MomentKind,
    Scope,
    Signal,
    Status,
    Table,
    Unread,
    UnreadReason,
)
from bot.core.runbook import CheckStep, Conclusion, Hypothesis, Instruction, Question, Runbook
from tests.evidence_builders import ALARM_AT, NOW, ONSET, WINDOW, a_load_balancer, at

RUNBOOK = Runbook(
    id="alb_errors",
    title="An Application Load Balancer cannot connect to its targets",
    load_balancer_types=(LoadBalancerType.APPLICATION,),
    error_metric="TargetConnectionErrorCount",
    intro="Ask first, then look.",
    hypotheses=(Hypothesis(cause="network_block", text="Something blocks the port."),),
    steps=(
        Question(
            kind="question",
            id="infra_changed",
            title="Infrastructure team",
            ask="Did the infrastructure team change anything around {at}?",
            signal="human_infra_changed",
        ),
        CheckStep(
            kind="check",
            id="target_health",
            check="target_health",
            title="Target health",
            why="AWS's word.",
        ),
        CheckStep(
            kind="check",
            id="network_path",
            check="network_path",
            title="Network path",
            why="Every rule.",
        ),
        CheckStep(kind="check", id="changes", check="changes", title="Changes", why="Who changed what."),
        CheckStep(kind="check", id="cpu", check="cpu", title="CPUUtilization", why="Busy instances."),
        Instruction(
            kind="instruction",
            id="app_log",
            title="Application log",
            look_at="Read the targets' own log around the first error.",
            console="log_groups",
        ),
        Conclusion(kind="conclusion", id="judgement", title="Judgement", text="Hold it against them."),
    ),
    advice="What counts is a metric that moves with the errors.",
)

CAUSES = (
    Cause(
        id="network_block",
        title="Network block",
        load_balancer_types=(LoadBalancerType.APPLICATION,),
        signals=(Weight(signal="path_blocked", weight=4),),
        next="The rule that is missing, and who removed it.",
        fix="Restore the rule.",
    ),
    Cause(
        id="overload",
        title="Overload",
        load_balancer_types=(LoadBalancerType.APPLICATION,),
        signals=(Weight(signal="load_elevated", weight=3),),
        next="Requests per target.",
        fix="Add targets.",
    ),
)


def _never(case: Case) -> Finding:
    raise AssertionError("rendering judges nothing")


def _no_command(scope: Scope) -> str:
    return ""


def _check(id: str, *needs: type) -> Check:
    return Check(
        id=id,
        title=id,
        asks="?",
        needs=needs,
        judge=_never,
        signals=(),
        console="load_balancer",
        command=_no_command,
    )


@dataclass(frozen=True)
class SampleContent:
    """A bot.slack.blocks.content.Content with four checks and two causes."""

    runbooks: dict[str, Runbook] = field(default_factory=lambda: {RUNBOOK.id: RUNBOOK})
    causes: tuple[Cause, ...] = CAUSES
    checks: dict[str, Check] = field(
        default_factory=lambda: {
            check.id: check
            for check in (
                _check("target_health", TargetHealth),
                _check("network_path", SecurityGroups, NetworkAcls, RouteTables),
                _check("changes", Changes),
                _check("cpu", TargetHealth),
            )
        }
    )


CONTENT = SampleContent()

HEALTHY = Finding(
    check="target_health",
    status=Status.PASS,
    resource="shop-prod",
    summary=many("{n} of {total} targets is healthy.", "{n} of {total} targets are healthy.", n=4, total=4),
    numbers={"targets_total": 4, "targets_healthy": 4},
    command="aws elbv2 describe-target-health --target-group-arn web",
    console="https://eu-central-1.console.aws.amazon.com/ec2/home",
)
CHART = Chart(
    title=say("Connection errors of {name}", name="shop-prod"),
    series=(
        ChartSeries(
            name="TargetConnectionErrorCount",
            unit="Count",
            points=tuple((ONSET + timedelta(minutes=i), float(i)) for i in range(10)),
        ),
    ),
    window=WINDOW,
    alt=say("Errors rise from {at}.", at=ONSET),
)
BLOCKED = Finding(
    check="network_path",
    status=Status.FAIL,
    resource="shop-prod",
    summary=say(
        "{n} of {total} targets: traffic port {port} is blocked, health-check port {other} is open",
        n=4,
        total=4,
        port=Code(text="8080"),
        other=Code(text="8081"),
    ),
    details=(
        say(
            "{group} has no inbound rule for tcp {port} from {source}",
            group=Code(text="sg-0web"),
            port=Code(text="8080"),
            source=Code(text="sg-0alb"),
        ),
        say("That is why targets still look healthy while requests fail."),
    ),
    numbers={
        "paths_evaluated": 12,
        "paths_blocked": 4,
        "share_blocked": 1 / 3,
        "first_rule": "sg-0web <none>",
    },
    signals=(
        Signal(id="path_blocked", holds=True, because=say("No rule for tcp 8080 from the load balancer")),
        Signal(id="ports_equal", holds=False, because=say("Traffic and health-check port differ")),
    ),
    table=Table(
        columns=(say("Target"), say("Port"), say("Path")),
        rows=(("i-0a", "8080", "blocked: 5 target security group"), ("i-0b", "8081", "open")),
    ),
    chart=CHART,
    command="aws ec2 describe-security-groups --group-ids sg-0web sg-0alb",
    console="https://eu-central-1.console.aws.amazon.com/ec2/home",
)
DENIED = Finding(
    check="changes",
    status=Status.UNKNOWN,
    resource="shop-prod",
    summary=say(
        "{why} Nothing is concluded from it.",
        why=say("Not allowed: {action}.", action="cloudtrail:LookupEvents"),
    ),
    unread=(Unread(reason=UnreadReason.DENIED, action="cloudtrail:LookupEvents"),),
)

DIAGNOSIS = Diagnosis(
    verdict=Verdict.LIKELY,
    cause="network_block",
    causes=(
        RankedCause(
            id="network_block",
            title="Network block",
            score=10,
            band=Band.LIKELY,
            coverage=0.8,
            for_=(
                Reason(
                    signal="path_blocked",
                    weight=4,
                    because=say("No rule for tcp 8080 from the load balancer"),
                    check="network_path",
                ),
                Reason(
                    signal="human_infra_changed",
                    weight=1,
                    because=say("{who} said infrastructure changed", who=Person(id="U0MINH")),
                    check="infra_changed",
                ),
            ),
            not_checked=(
                NotChecked(
                    signal="sg_change",
                    weight=3,
                    check="changes",
                    why=say("Not allowed: {action}.", action="cloudtrail:LookupEvents"),
                ),
                NotChecked(signal="cpu_busy", weight=-2, check="cpu", why=say("Not run yet.")),
            ),
        ),
        RankedCause(id="overload", title="Overload", score=1, band=Band.UNLIKELY, coverage=0.3),
    ),
    next_check="cpu",
)

MOMENTS = (
    Moment(
        at=at("14:02:11"),
        kind=MomentKind.CHANGE,
        message=say(
            "{who} removed tcp {port} from {group}",
            who=Code(text="role/deploy-bot"),
            port=Code(text="8080"),
            group="sg-0web",
        ),
        key="change:3f2a",
    ),
    Moment(at=ONSET, kind=MomentKind.FIRST_ERROR, message=say("first connection error"), key="first_error"),
    Moment(
        at=ALARM_AT,
        kind=MomentKind.ALARM,
        message=say("alarm {name} → ALARM", name="shop-prod-target-errors"),
        key="alarm:1",
    ),
    Moment(
        at=at("14:09:32"),
        kind=MomentKind.OPENED,
        message=say("{who} opened the incident", who=Person(id="U0ANA")),
        key="opened",
        by="U0ANA",
    ),
    Moment(
        at=at("14:13"),
        kind=MomentKind.NOTE,
        message=say("{who}: “{note}”", who=Person(id="U0LAN"), note="rolling back <!channel> *now* & @here"),
        key="note:1",
        by="U0LAN",
    ),
)


def an_incident(**changes: object) -> Incident:
    """shop-prod, half walked: one answer, one pass, one failure, one refusal, one running check."""
    incident = Incident(
        id=12,
        team="T0SANDBOX",
        channel="C0INCIDENTS",
        thread_ts="1795269000.000100",
        scope=Scope(load_balancer=a_load_balancer(), window=WINDOW, alarm_at=ALARM_AT, now=NOW),
        runbook=RUNBOOK.id,
        locale="en",
        commander="U0ANA",
        opened_by="U0ANA",
        opened_at=at("14:09:32"),
        steps=(
            StepState(
                step_id="infra_changed",
                status=StepStatus.DONE,
                version=1,
                answer=Answer(
                    choice=Choice.YES, note="rotated the web security groups", by="U0MINH", at=at("14:11")
                ),
                by="U0MINH",
                at=at("14:11"),
            ),
            _done("target_health", HEALTHY),
            _done("network_path", BLOCKED),
            _done("changes", DENIED),
            StepState(step_id="cpu"),
            StepState(step_id="app_log"),
            StepState(step_id="judgement"),
        ),
        moments=MOMENTS,
        diagnosis=DIAGNOSIS,
    )
    return incident.model_copy(update=changes)


def _done(step_id: str, finding: Finding) -> StepState:
    return StepState(
        step_id=step_id, status=StepStatus.DONE, version=2, finding=finding, by="U0ANA", at=at("14:12")
    )


def with_step(incident: Incident, state: StepState) -> Incident:
    """The incident with that step in another state."""
    steps = tuple(state if step.step_id == state.step_id else step for step in incident.steps)
    return incident.model_copy(update={"steps": steps})


def a_new_incident() -> Incident:
    """Nothing has been done yet, and Slack has not told the thread."""
    steps = tuple(StepState(step_id=step.id) for step in RUNBOOK.steps)
    return an_incident(steps=steps, moments=(), diagnosis=None, thread_ts="")


def a_resolved_incident() -> Incident:
    return an_incident(
        state=IncidentState.RESOLVED,
        resolved_by="U0ANA",
        resolved_at=at("14:41"),
        summary="Rule restored by terraform apply.",
        confirmed_cause="network_block",
    )


HOSTILE = (
    "<!channel> & @here *bold* `code` <https://evil.example|click> \u202egpj.exe\x1b[31m\n\nResolved by @ana"
)


def hostile(value: Value) -> Value:
    """The same value with every piece of text from outside replaced by something that must not work."""
    changes: dict[str, object] = {}
    for name, old in value:
        changes[name] = _hostile(name, old)
    return value.model_copy(update=changes)


def _hostile(name: str, old: object) -> object:
    if isinstance(old, Message):
        return old.model_copy(update={"values": {k: _hostile_piece(v) for k, v in old.values.items()}})
    if isinstance(old, Value):
        return hostile(old)
    if isinstance(old, tuple):
        return tuple(_hostile(name, item) for item in old)
    return HOSTILE if name in ("name", "note", "summary", "detail", "action", "command") else old


def _hostile_piece(piece: object) -> object:
    if isinstance(piece, Code):
        return Code(text=HOSTILE)
    if isinstance(piece, Message):
        return _hostile("message", piece)
    return HOSTILE if isinstance(piece, str) else piece
