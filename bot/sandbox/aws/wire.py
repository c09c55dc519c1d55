"""AWS requests and answers on the wire: who calls what, parsed and serialised from botocore's models."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.utils import parse_timestamp
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict

from bot.sandbox.aws.errors import AwsError

Answer = tuple[int, dict[str, str], bytes]

_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_SERVICE = {"monitoring": "cloudwatch", "email": "ses"}
_ELB_BY_VERSION = {"2015-12-01": "elbv2", "2012-06-01": "elb"}
_IAM_PREFIX = {"elbv2": "elasticloadbalancing", "elb": "elasticloadbalancing"}
_REST_JSON = {
    ("arc-zonal-shift", "/zonalshifts"): "ListZonalShifts",
    ("arc-zonal-shift", "/autoshifts"): "ListAutoshifts",
}


@dataclass(frozen=True)
class Call:
    """One request: botocore's service name, the operation, and who asks from which account and Region."""

    service: str
    operation: str
    region: str
    account: str
    access_key: str
    protocol: str
    params: Mapping[str, Any] = field(default_factory=dict)
    forward: Callable[[], dict[str, Any]] = dict

    @property
    def action(self) -> str:
        """The IAM action, such as ``elasticloadbalancing:DescribeTargetHealth``."""
        return f"{_IAM_PREFIX.get(self.service, self.service)}:{self.operation}"


def read_body(environ: dict[str, Any]) -> bytes:
    """The whole body, inflated; leaves the request readable again for whoever comes next."""
    if environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read()
    else:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip" and "HTTP_X_AMZ_TARGET" in environ:
        body = gzip.decompress(body)
        del environ["HTTP_CONTENT_ENCODING"]
        environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)
    return bytes(body)


def scope(environ: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Access key, Region and signing name of a signed request; None when it is not signed."""
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return (found[1], found[2], found[3]) if found else None


def identify(environ: Mapping[str, Any], body: bytes) -> tuple[str, str, str]:
    """(service, operation, protocol); the operation is empty when it cannot be told."""
    signed = scope(environ)
    name = signed[2].lower() if signed else "s3"
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return _SERVICE.get(name, name), target.rsplit(".", 1)[-1], "json"
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(body.decode(errors="replace")))
        if name == "elasticloadbalancing":
            name = _ELB_BY_VERSION.get(form.get("Version", ""), "elbv2")
        return _SERVICE.get(name, name), form.get("Action", ""), "ec2" if name == "ec2" else "query"
    if name == "s3":
        return "s3", _s3_operation(environ), "rest-xml"
    return name, _REST_JSON.get((name, environ.get("PATH_INFO", "")), ""), "rest-json"


def _s3_operation(environ: Mapping[str, Any]) -> str:
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/").strip("/")
    if "/" in path:
        return {"GET": "GetObject", "HEAD": "GetObject"}.get(method, f"{method.title()}Object")
    if not path:
        return "ListAllMyBuckets"
    query = environ.get("QUERY_STRING", "")
    if method == "GET" and "location" in query:
        return "GetBucketLocation"
    return "ListBucket" if method in {"GET", "HEAD"} else f"{method.title()}Bucket"


def parse(call_service: str, operation: str, protocol: str, body: bytes) -> dict[str, Any]:
    """The operation's parameters as a dict of botocore's names."""
    if protocol not in {"json", "query", "ec2"}:
        return {}
    model = get_service_model(call_service).operation_model(operation)
    text = body.decode()
    values: MultiDict[str, str] = (
        MultiDict(parse_qsl(text, keep_blank_values=True)) if protocol != "json" else MultiDict()
    )
    request: Any = {
        "method": "POST",
        "headers": {},
        "url_path": "/",
        "url_params": {},
        "body": text,
        "values": values,
    }
    return dict(PROTOCOL_PARSERS[protocol](model, timestamp_parser=_aware).parse(request) or {})


def serialise(call: Call, result: Mapping[str, Any], request_id: str) -> Answer:
    """An operation's result in the protocol the caller speaks."""
    if call.protocol in {"json", "rest-json"}:
        return (
            200,
            _headers(call, request_id),
            json.dumps(result, default=_epoch, separators=(",", ":")).encode(),
        )
    model = get_service_model(call.service).operation_model(call.operation)
    serializer = get_serializer_class(call.service, call.protocol)(model, SerializationContext(request_id))
    body = serializer.serialize(result)["body"]
    return 200, _headers(call, request_id), body.encode() if isinstance(body, str) else body


def serialise_error(call: Call, error: AwsError, request_id: str) -> Answer:
    """An error in the shape of the caller's protocol."""
    headers = _headers(call, request_id)
    if call.protocol in {"json", "rest-json"}:
        if call.service == "cloudwatch":
            headers["x-amzn-query-error"] = f"{error.code};{'Receiver' if error.status >= 500 else 'Sender'}"
        headers["x-amzn-errortype"] = error.code
        return error.status, headers, json.dumps({"__type": error.code, "message": error.message}).encode()
    code, message = escape(error.code), escape(error.message)
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if call.protocol == "rest-xml":
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    elif call.protocol == "ec2":
        text = (
            f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
    else:
        kind = "Receiver" if error.status >= 500 else "Sender"
        text = (
            f"<ErrorResponse><Error><Type>{kind}</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return error.status, headers, f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()


def _headers(call: Call, request_id: str) -> dict[str, str]:
    json_type = "application/x-amz-json-1.1" if call.protocol == "json" else "application/json"
    kind = json_type if call.protocol in {"json", "rest-json"} else "text/xml"
    return {"Content-Type": kind, "x-amzn-RequestId": request_id}


def _aware(value: Any) -> datetime:
    parsed: datetime = parse_timestamp(value)
    return parsed.astimezone(UTC)


def _epoch(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no JSON form")
