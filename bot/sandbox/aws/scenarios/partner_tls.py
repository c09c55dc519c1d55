"""partner-tls: certificates on the targets were rotated to a kind the load balancer cannot agree on."""

from __future__ import annotations

from bot.sandbox.aws.albs import AlbSpec, build_alb
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -10
ONSET = ALARM - 3


def _no_handshake(draft: Draft) -> None:
    draft.share[draft.between(ONSET), 1, Outcome.TLS_FAILED] = 0.95


def build(fleet: Fleet) -> None:
    """Two targets behind an HTTPS group; one of them fails the handshake."""
    alb = build_alb(
        fleet,
        AlbSpec(
            "partner-tls",
            per_minute=140,
            targets=2,
            zones="ab",
            port=8443,
            protocol="HTTPS",
            team="partners",
        ),
    )
    alb.traffic.effects.append(_no_handshake)
    fleet.alarm("partner-tls-negotiation", "TargetTLSNegotiationErrorCount", alb.dims, threshold=10)
    fleet.happened(
        ONSET - 4,
        "SendCommand",
        "ssm",
        by=Actor("secops", "cert-rotation"),
        request={"documentName": "RotateHostCertificate", "instanceIds": [alb.hosts[1].instance_id]},
    )
    fleet.calm_logs(alb)
    fleet.app_log(alb, 1, ONSET, "ERROR tls: no cipher suite supported by both client and server")


SCENARIO = Scenario(
    id="partner-tls",
    title="TLS to the target fails",
    card="partner-tls: TargetTLSNegotiationErrorCount above 10 in 3 of 3 minutes",
    load_balancer="partner-tls",
    alarm_minutes=ALARM,
    cause="tls_to_target",
    verdict="probable",
    why="DOMAIN.md section 10, H8: TargetTLSNegotiationErrorCount above 0 with the connection counter empty "
    "(+4), HTTPS group and a certificate change (+2).",
    build=build,
)
