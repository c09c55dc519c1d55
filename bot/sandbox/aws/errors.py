"""Refusals as AWS words them: one exception, and the code each service uses for the same thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AwsError(Exception):
    """An answer that is an error: code and message as the service sends them, with the HTTP status."""

    code: str
    message: str
    status: int = 400

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


QUERY_SERVICES = frozenset(
    {"elbv2", "elb", "autoscaling", "sts", "iam", "cloudwatch", "sns", "cloudformation"}
)


def access_denied(service: str, action: str, caller: str) -> AwsError:
    """The service's own code for a call the caller's policy does not allow."""
    message = (
        f"User: {caller} is not authorized to perform: {action} "
        "because no identity-based policy allows the action"
    )
    if service == "ec2":
        return AwsError(
            "UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403
        )
    if service == "s3" or service in QUERY_SERVICES:
        return AwsError("AccessDenied", "Access Denied" if service == "s3" else message, 403)
    return AwsError("AccessDeniedException", message, 400)


def throttled(service: str) -> AwsError:
    """The service's own code for too many requests."""
    if service == "ec2":
        return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
    if service == "s3":
        return AwsError("SlowDown", "Please reduce your request rate.", 503)
    if service in {"cloudwatch", "autoscaling", "iam", "sts"}:
        return AwsError("Throttling", "Rate exceeded", 400)
    return AwsError("ThrottlingException", "Rate exceeded", 400)


def validation(message: str) -> AwsError:
    """What the query services answer to an argument out of its range."""
    return AwsError("ValidationError", message, 400)


def not_emulated(action: str) -> AwsError:
    """The sandbox has no answer; 501 is not retried by botocore."""
    return AwsError("NotImplemented", f"The sandbox does not emulate {action}.", 501)
