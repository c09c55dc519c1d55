"""Log lines for tests: the fields of DOMAIN.md section 5, each changeable by name."""

from __future__ import annotations

GROUP = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/0f1e2d3c4b5a6978"
ALB_FIELDS = 34


def alb_line(
    *,
    created: str = "2026-11-21T14:05:02.190000Z",
    client: str = "198.51.100.7:40112",
    target: str = "10.0.4.21:8080",
    times: str = "0.001 0.012 0.000",
    status: str = "200",
    target_status: str = "200",
    request: str = "GET https://shop.example.com:443/cart?token=s3cret HTTP/1.1",
    agent: str = "curl/8.5.0",
    reason: str = "-",
    node: str = "10.0.1.15",
    fields: int = ALB_FIELDS,
) -> bytes:
    """An ALB access-log line; `fields` cuts it after as many, or adds a bare `-` for each one more."""
    made = [
        *("https", created, "app/shop-prod/0a1b2c3d4e5f6071", client, target, *times.split(), status),
        *(target_status, "130", "277", f'"{request}"', f'"{agent}"', "ECDHE-RSA-AES128-GCM-SHA256"),
        *("TLSv1.2", GROUP, '"Root=1-65e5a1f0-02"', '"shop.example.com"', '"-"', "5", created),
        *('"forward"', '"-"', f'"{reason}"', f'"{target}"', f'"{target_status}"', '"-"', '"-"'),
        *("TID_02", '"-"', '"-"', '"-"', node),
    ]
    made += ["-"] * (fields - len(made))
    return " ".join(made[:fields]).encode()


def classic_line(
    *,
    at: str = "2026-11-21T14:05:02.945958Z",
    backend: str = "10.0.4.21:80",
    times: str = "0.000073 0.001048 0.000057",
    status: str = "200",
    backend_status: str = "200",
    request: str = "GET http://shop.example.com:80/ HTTP/1.1",
) -> bytes:
    """A Classic access-log line, 15 fields."""
    return (
        f'{at} old-lb 198.51.100.7:2817 {backend} {times} {status} {backend_status} 0 29 "{request}" '
        f'"curl/8.5.0" - -'
    ).encode()
