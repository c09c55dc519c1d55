"""Case files: what was read is kept, names nobody, and is judged again to the same answer."""

from __future__ import annotations

import ipaddress
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases import differences, replayed, shared_case
from bot.core.anonymise import Replacements, anonymise
from bot.core.casefile import CaseFile, dump_case, load_case, make_case
from bot.core.checks import Readings
from bot.core.errors import UserError
from bot.core.evidence import Changes
from bot.core.model import Unread, UnreadReason
from bot.i18n import t
from runbooks import load
from tests.estate import Estate
from tests.evidence_builders import ALB_SG, WEB_SG, a_scope, a_security_group, inbound, outbound

SALT = b"a salt that nobody keeps"


def a_blocked_network() -> Readings:
    """The rule for the traffic port is gone."""
    estate = Estate().but(
        security_groups=(
            a_security_group(ALB_SG, outbound(None, "0.0.0.0/0", "-1")),
            a_security_group(WEB_SG, inbound(8081, ALB_SG)),
        )
    )
    denied = Unread(reason=UnreadReason.DENIED, action="cloudtrail:LookupEvents")
    return {**estate.readings(), Changes: denied}


def a_case() -> CaseFile:
    return make_case(a_scope(), a_blocked_network())


def test_a_shared_case_is_judged_again_to_the_identical_answer() -> None:
    case = load_case(dump_case(shared_case(a_scope(), a_blocked_network(), load(), SALT)))
    assert differences(case, replayed(case, load())) == ()


def test_what_could_not_be_read_is_still_unread_in_the_case() -> None:
    assert load_case(dump_case(a_case())).readings()[Changes] == a_blocked_network()[Changes]


def test_replacing_names_changes_no_finding_s_status_and_no_cause_s_score() -> None:
    plain, shared = replayed(a_case(), load()), replayed(anonymise(a_case(), SALT), load())
    assert [(f.check, f.status) for f in plain.findings] == [(f.check, f.status) for f in shared.findings]
    assert [(c.id, c.score) for c in plain.diagnosis.causes] == [
        (c.id, c.score) for c in shared.diagnosis.causes
    ]


def test_nothing_that_identifies_the_account_is_left() -> None:
    before, after = dump_case(a_case()), dump_case(anonymise(a_case(), SALT))
    account, name = a_scope().load_balancer.account, a_scope().load_balancer.name
    for identifying in (account, name, "i-0aaa"):
        assert identifying in before
        assert identifying not in after


def test_two_exports_of_one_account_cannot_be_linked() -> None:
    one, other = (dump_case(anonymise(a_case(), salt)) for salt in (b"one", b"other"))
    assert one != other


def test_the_same_thing_is_replaced_the_same_way_everywhere() -> None:
    content = json.loads(dump_case(anonymise(a_case(), SALT)))
    of_targets = {t["group"] for t in content["evidence"]["TargetHealth"]["targets"]}
    assert of_targets == {g["arn"] for g in content["evidence"]["TargetGroups"]["groups"]}


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_two_addresses_share_as_long_a_prefix_as_before(
    one: ipaddress.IPv4Address, other: ipaddress.IPv4Address
) -> None:
    words = Replacements(SALT, [])
    shared = shared_bits(one, other)
    if str(one) != "0.0.0.0" and str(other) != "0.0.0.0":  # noqa: S104 - an address, not a bind
        mapped = [ipaddress.IPv4Address(words.text(str(ip))) for ip in (one, other)]
        assert shared_bits(*mapped) == shared
        assert [in_a_vpc(ip) for ip in mapped] == [in_a_vpc(ip) for ip in (one, other)]


def in_a_vpc(address: ipaddress.IPv4Address) -> bool:
    ranges = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
    return any(address in ipaddress.ip_network(text) for text in ranges)


def shared_bits(one: ipaddress.IPv4Address, other: ipaddress.IPv4Address) -> int:
    return 32 - (int(one) ^ int(other)).bit_length()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("not json", "not JSON at line 1"),
        ("[]", "no schema_version"),
        ('{"schema_version": 99}', "schema 99"),
        ('{"schema_version": 1}', "does not fit at scope"),
    ],
)
def test_what_is_no_case_file_says_why(text: str, why: str) -> None:
    with pytest.raises(UserError) as error:
        load_case(text)
    assert why in t(error.value.message, "en")


def test_evidence_of_an_unknown_kind_is_named() -> None:
    case = a_case().model_copy(update={"evidence": {"Horoscope": {}}})
    with pytest.raises(UserError, match="unknown kind"):
        case.readings()
