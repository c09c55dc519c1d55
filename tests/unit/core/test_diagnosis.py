"""The diagnosis: DOMAIN.md section 10's test vectors on the real causes, and what no luck may change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import runbooks
from bot.core.cause import Band, Cause, Diagnosis, RankedCause, Verdict
from bot.core.checks import Check
from bot.core.diagnosis import diagnose
from bot.core.message import say
from bot.core.model import Finding, LoadBalancerType, Signal, Status, Unread, UnreadReason
from runbooks import CauseList
from runbooks.yaml_content import read_yaml

ALB, NLB, CLB = LoadBalancerType.APPLICATION, LoadBalancerType.NETWORK, LoadBalancerType.CLASSIC
CAUSES = read_yaml(Path(runbooks.__file__).parent / "causes.yaml", CauseList).causes
WEIGHED = sorted({w.signal for cause in CAUSES for w in cause.signals})
HUMAN = [s for s in WEIGHED if s.startswith("human_")]
LOGS = ("refused_502", "connect_timeout_504", "connect_timeout_total", "log_target_concentration",
        "reset_after_dispatch_502", "client_gone_460")  # fmt: skip
TRAIL = ("network_change_before_onset", "instance_stopped_or_rebooted", "deploy_event_before",
         "no_deploy_event", "health_check_changed_before")  # fmt: skip


def reporter(signal: str) -> str:
    """The access log and CloudTrail tell several things; everything else has a check of its own here."""
    return "access_log" if signal in LOGS else "trail" if signal in TRAIL else signal


def a_check(id: str, signals: Iterable[str]) -> Check:
    return Check(
        id=id,
        title=id,
        asks=id,
        needs=(),
        judge=lambda case: case.finding(Status.PASS, say("")),
        signals=tuple(signals),
        console="metrics",
        command=lambda scope: "",
    )


REPORTED = [s for s in [*WEIGHED, "fewer_than_minimum", "health_check_only_errors"] if s not in HUMAN]
BY_CHECK = {id: [s for s in REPORTED if reporter(s) == id] for id in sorted({reporter(s) for s in REPORTED})}
CHECKS = [a_check(id, signals) for id, signals in BY_CHECK.items()]


def a_signal(id: str, holds: bool = True, zone: str = "") -> Signal:
    return Signal(id=id, holds=holds, because=say("{id} said so.", id=id), zone=zone)


def a_finding(*signals: Signal, check: str = "", status: Status = Status.FAIL) -> Finding:
    name = check or reporter(signals[0].id)
    return Finding(check=name, status=status, resource="shop-prod", summary=say("Found."), signals=signals)


def findings(holding: str, *, unrun: Iterable[str] = ()) -> list[Finding]:
    """Every check was run, except those that could report an `unrun` signal; what is not named is false."""
    held, skipped = holding.split(), {reporter(s) for s in unrun}
    return [
        a_finding(*(a_signal(s, s in held) for s in signals), check=id)
        for id, signals in BY_CHECK.items()
        if id not in skipped
    ]


def standing(diagnosis: Diagnosis, cause: str) -> RankedCause:
    return next(c for c in diagnosis.causes if c.id == cause)


def named(holding: str, type: LoadBalancerType = ALB, unrun: Iterable[str] = ()) -> Diagnosis:
    return diagnose(CAUSES, findings(holding, unrun=unrun), type, CHECKS)


# DOMAIN.md section 10, "Test vectors"


@pytest.mark.parametrize(
    ("holding", "type", "cause", "score", "verdict"),
    [
        pytest.param(
            "refused_502 log_target_concentration check_port_differs_while_healthy errors_present",
            ALB, "target_not_listening", 6, Verdict.PROBABLE, id="split port, one target refuses",
        ),
        pytest.param(
            "path_blocked network_change_before_onset connect_timeout_total target_timeout total_failure",
            ALB, "network_block", 10, Verdict.LIKELY, id="security-group rule revoked",
        ),
        pytest.param(
            "load_elevated_before_errors cpu_high response_time_elevated_before connect_timeout_504"
            " network_in_elevated", ALB, "overload", 9, Verdict.LIKELY, id="2.4 times the requests",
        ),
        pytest.param(
            "unexplained_502 reset_after_dispatch_502 steady_502",
            ALB, "keep_alive_mismatch", 6, Verdict.PROBABLE, id="closed after dispatch",
        ),
        pytest.param(
            "unexplained_502 reset_after_dispatch_502 steady_502 app_idle_too_short",
            ALB, "keep_alive_mismatch", 8, Verdict.LIKELY, id="closed after dispatch, application idle known",
        ),
        pytest.param(
            "deploy_event_before errors_burst targets_draining_or_initial host_count_dip refused_502",
            ALB, "deployment", 9, Verdict.LIKELY, id="deployment burst",
        ),
        pytest.param(
            "errors_negligible alarm_smell_explains_firing fewer_than_minimum",
            ALB, "alarm_misconfigured", 6, Verdict.PROBABLE, id="alarm on one point",
        ),
        pytest.param(
            "port_allocation_errors flows_near_port_limit",
            NLB, "port_exhaustion", 7, Verdict.LIKELY, id="source ports gone",
        ),
        pytest.param("tls_errors_to_target", ALB, "tls_to_target", 4, Verdict.PROBABLE, id="TLS"),
        pytest.param(
            "tls_errors_to_target target_tls_changed",
            ALB, "tls_to_target", 6, Verdict.PROBABLE, id="TLS, certificate changed",
        ),
        pytest.param(
            "one_zone_errors zone_unhealthy", NLB, "zone_impairment", 5, Verdict.PROBABLE, id="zone",
        ),
    ],
)  # fmt: skip
def test_vector(holding: str, type: LoadBalancerType, cause: str, score: int, verdict: Verdict) -> None:
    diagnosis = named(holding, type)
    assert (diagnosis.cause, diagnosis.verdict) == (cause, verdict)
    assert standing(diagnosis, cause).score == score


def test_vector_a_total_failure_speaks_against_overload() -> None:
    holding = "path_blocked network_change_before_onset connect_timeout_total target_timeout total_failure"
    assert standing(named(holding), "overload").score == -2


def test_vector_refused_connections_speak_against_a_network_block() -> None:
    assert standing(named("refused_502 log_target_concentration"), "network_block").score == -2


def test_vector_a_deployment_is_the_trigger_and_the_dead_process_its_mechanism() -> None:
    holding = "deploy_event_before errors_burst targets_draining_or_initial refused_502 failed_health_checks"
    diagnosis = named(holding)
    assert (diagnosis.cause, diagnosis.mechanism) == ("deployment", "target_not_listening")


def test_vector_network_resets_alone_cannot_tell() -> None:
    diagnosis = named("nlb_target_resets_elevated port_allocation_zero", NLB, unrun=LOGS)
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert standing(diagnosis, "target_not_listening").score == 2
    assert standing(diagnosis, "port_exhaustion").score == -3


def test_vector_no_cloudtrail_no_logs_metrics_only_cannot_tell() -> None:
    """And the network path, target health and instances were not read either."""
    metrics = {
        "errors_burst",
        "host_count_dip",
        "errors_recur_daily",
        "elb_504_dominant",
        "status_check_failed",
    }
    diagnosis = named("elb_504_dominant", unrun=set(REPORTED) - metrics)
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    for cause in ("network_block", "instance_lifecycle", "deployment"):
        assert standing(diagnosis, cause).coverage < 0.5


# Without logs (what the checks of today report)


def test_a_network_block_is_likely_without_logs() -> None:
    holding = "path_blocked network_change_before_onset elb_504_dominant total_failure errors_present"
    diagnosis = named(holding, unrun=[*LOGS, "aws_event_open", "aws_events_none"])
    assert (diagnosis.cause, diagnosis.verdict) == ("network_block", Verdict.LIKELY)
    assert standing(diagnosis, "network_block").score == 8


def test_a_dead_process_is_probable_without_logs() -> None:
    ports = "check_port_differs check_port_differs_while_healthy"
    diagnosis = named(f"elb_502_dominant {ports} one_zone_errors", unrun=LOGS)
    assert (diagnosis.cause, diagnosis.verdict) == ("target_not_listening", Verdict.PROBABLE)


def test_a_signal_seen_two_ways_counts_once() -> None:
    diagnosis = named("refused_502 elb_502_dominant failed_health_checks")
    assert standing(diagnosis, "target_not_listening").score == 6


def test_a_veto_caps_the_score() -> None:
    diagnosis = named("unexplained_502 steady_502 connection_errors_explain_502")
    assert standing(diagnosis, "keep_alive_mismatch").score == 1


@pytest.mark.parametrize("cause", CAUSES, ids=lambda c: c.id)
def test_what_people_say_alone_names_nothing(cause: Cause) -> None:
    diagnosis = diagnose(CAUSES, [], ALB, CHECKS, [a_signal(s) for s in HUMAN])
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert sum(w.weight for w in cause.signals if w.signal in HUMAN) <= 1


def test_what_people_say_is_a_reason_like_any_other() -> None:
    found = findings("path_blocked network_change_before_onset")
    diagnosis = diagnose(CAUSES, found, ALB, CHECKS, [a_signal("human_infra_changed")])
    reasons = standing(diagnosis, "network_block").for_
    assert [(r.signal, r.check) for r in reasons] == [
        ("path_blocked", "path_blocked"),
        ("network_change_before_onset", "trail"),
        ("human_infra_changed", "people"),
    ]


# Naming


def test_two_close_causes_are_not_told_apart() -> None:
    diagnosis = named("tls_errors_to_target one_zone_errors zonal_shift_active")
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert any("too close" in reason.text for reason in diagnosis.reasons)


def test_a_cause_that_was_hardly_tested_is_not_named() -> None:
    diagnosis = diagnose(CAUSES, [a_finding(a_signal("instance_stopped_or_rebooted"))], ALB, CHECKS)
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert any("of what could speak for it was checked" in reason.text for reason in diagnosis.reasons)


def test_too_few_errors_name_nothing_but_the_alarm() -> None:
    holding = "path_blocked network_change_before_onset fewer_than_minimum"
    diagnosis = named(holding)
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert diagnosis.reasons[0].text.startswith("Too few")


def test_health_checks_that_fail_alone_name_nothing() -> None:
    diagnosis = named("deploy_event_before errors_burst targets_draining_or_initial health_check_only_errors")
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert diagnosis.reasons[0].values["id"] == "health_check_only_errors"


def test_what_a_check_could_not_tell_is_no_doubt_but_what_it_could_not_read_is() -> None:
    """CloudTrail was read and showed a reboot; whether something was deployed it could not tell."""
    told = "instance_stopped_or_rebooted status_check_failed target_invalid_state"
    others = [f for f in findings(told + " errors_burst host_count_dip") if f.check != "trail"]
    stopped = a_finding(a_signal("instance_stopped_or_rebooted"), check="trail")
    read = diagnose(CAUSES, [*others, stopped], ALB, CHECKS)
    assert (read.cause, read.verdict) == ("instance_lifecycle", Verdict.LIKELY)
    unread = stopped.model_copy(update={"status": Status.UNKNOWN})
    assert diagnose(CAUSES, [*others, unread], ALB, CHECKS).verdict is Verdict.PROBABLE


def test_what_could_not_be_read_is_a_reason_for_not_telling() -> None:
    denied = Unread(reason=UnreadReason.DENIED, action="cloudtrail:LookupEvents")
    trail = Finding(
        check="trail",
        status=Status.UNKNOWN,
        resource="shop-prod",
        summary=say("Not allowed."),
        unread=(denied,),
    )
    diagnosis = diagnose(CAUSES, [trail], ALB, CHECKS)
    assert any(r.values.get("action") == "cloudtrail:LookupEvents" for r in diagnosis.reasons)
    missing = standing(diagnosis, "deployment").not_checked
    assert {n.why.text for n in missing if n.check == "trail"} == {"Not allowed: {action}."}


def test_likely_needs_that_nothing_unchecked_could_make_another_cause_likely() -> None:
    unknown = [w.signal for c in CAUSES if c.id == "overload" for w in c.signals]
    diagnosis = named("path_blocked network_change_before_onset", unrun=unknown)
    assert (diagnosis.cause, diagnosis.verdict) == ("network_block", Verdict.PROBABLE)
    assert standing(diagnosis, "network_block").band is Band.LIKELY
    assert [r.values["cause"] for r in diagnosis.reasons] == [say("Overload")]


def test_an_impaired_zone_beats_a_block_unless_the_block_is_in_that_zone() -> None:
    rest = [
        f
        for f in findings("network_change_before_onset zonal_shift_active")
        if f.check not in ("path_blocked", "one_zone_errors")
    ]

    def judged(blocked_in: str) -> Diagnosis:
        block = a_finding(a_signal("path_blocked", zone=blocked_in))
        return diagnose(CAUSES, [block, a_finding(a_signal("one_zone_errors", zone="a")), *rest], ALB, CHECKS)

    assert (judged("a").cause, judged("a").mechanism) == ("network_block", "zone_impairment")
    assert (judged("").cause, judged("").mechanism) == ("zone_impairment", "network_block")


def test_the_next_check_is_the_one_that_could_move_the_most() -> None:
    assert named("", unrun=["load_elevated_before_errors", *TRAIL]).next_check == "trail"
    assert named("path_blocked", unrun=LOGS).next_check == "access_log"
    assert named("path_blocked").next_check == ""
    assert diagnose(CAUSES, [], ALB, []).next_check == ""


def test_only_causes_of_the_type_are_ranked() -> None:
    assert "port_exhaustion" not in {c.id for c in named("").causes}
    assert "keep_alive_mismatch" not in {c.id for c in named("", CLB).causes}


# What must not depend on luck


@st.composite
def some_findings(draw: st.DrawFn) -> list[Finding]:
    """Some checks were run, each with any answer to any of its questions."""
    found = []
    for id in draw(st.lists(st.sampled_from(sorted(BY_CHECK)), unique=True, max_size=20)):
        told = draw(st.dictionaries(st.sampled_from(BY_CHECK[id]), st.booleans(), min_size=1))
        found.append(a_finding(*(a_signal(s, holds) for s, holds in told.items()), check=id))
    return found


def answer(found: Sequence[Finding], type: LoadBalancerType = ALB) -> str:
    return diagnose(CAUSES, found, type, CHECKS).model_dump_json()


@given(some_findings(), st.randoms(use_true_random=False), st.sampled_from(LoadBalancerType))
@settings(max_examples=60, deadline=None)
def test_order_and_repetition_change_no_byte(
    found: list[Finding], random: object, type: LoadBalancerType
) -> None:
    again = [*found, *found[:3]]
    random.shuffle(again)  # type: ignore[attr-defined]
    assert answer(again, type) == answer(found, type)


likely_causes = st.sampled_from([c.id for c in CAUSES if ALB in c.load_balancer_types])


@given(likely_causes, st.sets(st.sampled_from(REPORTED)), st.sets(st.sampled_from(REPORTED)), st.data())
@settings(max_examples=200, deadline=None)
def test_taking_findings_away_or_refusing_them_never_makes_another_cause_likely(
    cause: str, also: set[str], not_held: set[str], data: st.DataObject
) -> None:
    own = {w.signal for c in CAUSES if c.id == cause for w in c.signals if w.weight > 0}
    found = findings(" ".join((own | also) - (not_held - own)))
    full = diagnose(CAUSES, found, ALB, CHECKS)
    lost = data.draw(st.sets(st.sampled_from(range(len(found)))))
    refused = data.draw(st.booleans())
    less = [_refused(f) if n in lost else f for n, f in enumerate(found) if refused or n not in lost]
    again = diagnose(CAUSES, less, ALB, CHECKS)
    if full.verdict is again.verdict is Verdict.LIKELY:
        assert full.cause == again.cause


def _refused(finding: Finding) -> Finding:
    return finding.model_copy(update={"status": Status.UNKNOWN, "signals": ()})


def test_a_contradiction_is_unknown_with_a_reason() -> None:
    found = [
        *findings("path_blocked network_change_before_onset"),
        a_finding(a_signal("path_blocked", holds=False), check="other"),
    ]
    diagnosis = diagnose(CAUSES, found, ALB, CHECKS)
    missing = {n.signal: n.why.text for n in standing(diagnosis, "network_block").not_checked}
    assert missing["path_blocked"] == "Two readings contradict each other."
    assert any("contradict" in reason.text for reason in diagnosis.reasons)


def test_a_signal_of_two_zones_is_no_contradiction() -> None:
    found = [
        a_finding(a_signal("path_blocked", zone="a")),
        a_finding(a_signal("path_blocked", holds=False, zone="b")),
    ]
    reasons = standing(diagnose(CAUSES, found, ALB, CHECKS), "network_block").for_
    assert [r.signal for r in reasons] == ["path_blocked"]


# The content


def test_every_cause_can_be_likely_or_its_vector_says_why_not() -> None:
    """Without logs too few signals exist for TLS (4 + 2) alone."""
    for cause in CAUSES:
        best = sum({w.fact or w.signal: w.weight for w in cause.signals if w.weight > 0}.values())
        assert best >= 7 or cause.id == "tls_to_target", cause.id


def test_every_weight_says_why() -> None:
    assert not [w.signal for c in CAUSES for w in c.signals if not w.why]


def test_explanations_name_causes_and_signals_there_are() -> None:
    ids = {c.id for c in CAUSES}
    for cause in CAUSES:
        for e in cause.explains:
            assert set(e.causes) <= ids
            assert e.when in WEIGHED
