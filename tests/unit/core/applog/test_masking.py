"""No secret survives masking, wherever it stands; ordinary lines stay readable."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.applog.masking import MOST_CHARS, masked

TOKEN = string.ascii_letters + string.digits
PLAIN = st.text(alphabet=string.printable, max_size=60)
WORD = st.text(alphabet=TOKEN, min_size=8, max_size=40)
AWS_KEY = st.builds(
    "{}{}".format,
    st.sampled_from(["AKIA", "ASIA", "AROA"]),
    st.text(alphabet=string.ascii_uppercase + string.digits, min_size=16, max_size=16),
)
AWS_SECRET = st.text(alphabet=TOKEN + "/+", min_size=40, max_size=40).filter(
    lambda s: s.count("/") < 3 and any(c.isdigit() for c in s) and any(c.isalpha() for c in s)
)
JWT = st.builds("eyJ{}.eyJ{}.{}".format, WORD, WORD, WORD)
EMAIL = st.builds(
    "{}@{}.com".format,
    st.text(alphabet=string.ascii_lowercase, min_size=3, max_size=12),
    st.text(alphabet=string.ascii_lowercase, min_size=3, max_size=12),
)
NAME = st.sampled_from(
    [
        "password",
        "DB_PASSWORD",
        "apiKey",
        "client_secret",
        "access_token",
        "session-id",
        "aws_secret_access_key",
    ]
)
ASSIGNED = st.sampled_from(
    [
        "{name}={secret}",
        "{name}: {secret}",
        '"{name}":"{secret}"',
        '"{name}" : "{secret}"',
        '\\"{name}\\":\\"{secret}\\"',
        "?{name}={secret}&page=2",
        "'{name}': '{secret}'",
    ]
)
HEADER = st.sampled_from(
    [
        "Authorization: Bearer {secret}",
        "authorization: Basic {secret}",
        "Proxy-Authorization: Digest username=x, response={secret}",
        '"Authorization":"AWS4-HMAC-SHA256 Credential=x, Signature={secret}"',
        "Cookie: theme=dark; sid={secret}; x=1",
        "Set-Cookie: id={secret}; HttpOnly",
        "x-amz-security-token: {secret}",
        "X-Api-Key: {secret}",
        "postgres://app:{secret}@db.internal:5432/shop",
    ]
)


@given(PLAIN, st.one_of(AWS_KEY, AWS_SECRET, JWT, EMAIL), PLAIN)
def test_a_secret_of_a_known_shape_never_survives(before: str, secret: str, after: str) -> None:
    assume(secret not in before + after)
    assert secret not in masked(f"{before} {secret} {after}")


@given(PLAIN, ASSIGNED, NAME, WORD, PLAIN)
def test_a_value_with_a_telling_name_never_survives(
    before: str, form: str, name: str, secret: str, after: str
) -> None:
    assume(secret not in before + after)
    assert secret not in masked(f"{before} {form.format(name=name, secret=secret)} {after}")


@given(HEADER, WORD)
def test_headers_and_urls_keep_no_credentials(form: str, secret: str) -> None:
    assume(secret not in form)
    assert secret not in masked(form.format(secret=secret))


@given(st.text(alphabet=TOKEN + " !#%;", min_size=8, max_size=30))
def test_a_quoted_password_is_masked_to_its_closing_quote(password: str) -> None:
    assert password.strip() not in masked(f'connecting with password="{password}" to db')


@given(st.text(max_size=300))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    "line",
    [
        "INFO  started orders in 41.2 s, listening on 8080",
        "ERROR tls: no cipher suite supported by both client and server",
        'WARN  404 GET /healthz/ready "ELB-HealthChecker/2.0"',
        "java.net.BindException: Address already in use: /0.0.0.0:8080",
        "at com.example.shop.checkout.PaymentServiceImplementation.pay(PaymentServiceImplementation.java:42)",
        "open /var/lib/application/releases/current/public/assets/stylesheets: permission denied",
        "Out of memory: Killed process 2214 (java), total-vm:6127044kB",
    ],
)
def test_ordinary_lines_are_left_alone(line: str) -> None:
    assert masked(line) == line


def test_a_private_key_is_masked_even_when_its_end_is_missing() -> None:
    assert masked("k -----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc") == "k [masked]"


def test_only_the_beginning_of_an_endless_line_is_kept() -> None:
    assert len(masked("x " * MOST_CHARS)) <= MOST_CHARS
