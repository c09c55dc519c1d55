"""Plays incidents in the demo and reads them as people do: by message, without ids and clock times."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from bot.sandbox.aws.estate import ACCOUNT_ID
from bot.sandbox.aws.scenarios import SCENARIOS
from bot.sandbox.demo import ROLES, Demo
from bot.sandbox.slack.driver import Driver, Person
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.plain_text import PlainText
from bot.sandbox.slack.sightings import OpenView, Outcome, Post
from bot.store.engine import open_engine
from runbooks import load

# The emulated account is the same for the same anchor, so what is read from it can be held against files.
ANCHOR = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
_AFTER_ANCHOR = timedelta(seconds=5)


@contextmanager
def short_folder() -> Iterator[Path]:
    """A Unix socket's path must be short, so not below the test's own long directory."""
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_demo(folder: Path, anchor: datetime, account_id: str = ACCOUNT_ID) -> Iterator[Demo]:
    """The demo, ready, with its clock set to just after `anchor`; it goes on where `folder` was left."""
    if not (folder / "anchor").exists():
        (folder / "anchor").write_text(anchor.isoformat(), encoding="ascii")
        ahead = anchor + _AFTER_ANCHOR - datetime.now(UTC)
        (folder / "clock").write_text(str(ahead.total_seconds()), encoding="ascii")
    with Demo(folder, rate_limits=False, account_id=account_id) as demo:
        try:
            _wait_for_the_bot(demo)
        except TimeoutError as error:
            logs = "\n".join(demo.processes.log(role).read_text()[-1500:] for role in ROLES)
            raise AssertionError(f"{error}; the processes wrote:\n{logs}") from error
        yield demo


def _wait_for_the_bot(demo: Demo) -> None:
    """Until it hears Slack and its form offers load balancers: the list was read."""
    with Driver(demo.url, timeout_s=60) as slack:
        slack.wait_for(lambda: slack.sockets() > 0, what="a connected bot")
        ana = slack.user("ana")
        # The first form of a process that has just started may come too late for Slack.
        _poll(lambda: ana.slash("/alb-incident", channel="infra").ok and ana.modal() is not None, "a form")
        form = ana.wait_for_modal("New incident")
        _poll(lambda: bool(ana.options(form, "load_balancer")), "load balancers to choose")
        ana.close_modal(everything=True)


def _poll(condition: Callable[[], bool], what: str, timeout_s: float = 60) -> None:
    """For what changes nothing in the workspace; everything else is waited for with the driver."""
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {timeout_s} s: {what}")
        time.sleep(0.1)


def at_minute(demo: Demo, minute: int) -> None:
    """Moves the demo's clock to just after `minute` minutes from the anchor, so that a story looks at the
    same window on a slow machine too."""
    due = ANCHOR + timedelta(minutes=minute) + _AFTER_ANCHOR
    assert demo.clock.now() < due, f"minute {minute} is over"
    demo.clock.advance(due - demo.clock.now())


def wait_until_shown(demo: Demo, timeout_s: float = 40) -> None:
    """Until no message is behind what it should say and no job is left to do now."""
    behind = text("SELECT count(*) FROM messages WHERE shown_version < wanted_version")
    # A job of delivery that is left over when nothing is behind does nothing.
    jobs = text(
        "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name <> 'deliver'"
    )
    engine, until = open_engine(demo.database_url, 1), time.monotonic() + timeout_s
    try:
        while True:
            with engine.connect() as connection:
                if connection.scalar(behind) == connection.scalar(jobs) == 0:
                    return
            assert time.monotonic() < until, "Slack still does not show everything"
            time.sleep(0.1)
    finally:
        engine.dispose()


def alarm_at(load_balancer: str) -> datetime:
    """When the alarm of that scenario fired in the demo."""
    return next(s for s in SCENARIOS if s.load_balancer == load_balancer).alarm_at(ANCHOR)


class Story:
    """One incident in one channel, as its people see it; messages are called by their outbox key."""

    def __init__(self, demo: Demo, slack: Driver, headline: Post, seen_by: Person) -> None:
        self.demo = demo
        self.slack = slack
        self.headline_ts = headline.ts
        self.channel = headline.channel
        self.reader = seen_by

    def posts(self) -> list[Post]:
        """The headline and its thread."""
        return self.reader.thread(self.channel, self.headline_ts)

    def find(self, key: str) -> Post | None:
        """The message with that key; a message shown twice is a failure of the product."""
        found = [post for post in self.posts() if key_of(post) == key]
        assert len(found) <= 1, f"{key} is shown {len(found)} times"
        return found[0] if found else None

    def post(self, key: str) -> Post:
        """As `find`, waiting until it is there."""
        return self.slack.wait_for(lambda: self.find(key), what=f"the message {key}")

    def wait(self, key: str, *words: str) -> Post:
        """The message, once it says all these words."""

        def said() -> Post | None:
            post = self.find(key)
            return post if post and all(word in shown(self.demo, post) for word in words) else None

        return self.slack.wait_for(said, what=f"{key} with {words}")

    def press(self, person: Person, key: str, label: str) -> None:
        """Presses the button with that label as soon as the message offers it."""
        post = self.slack.wait_for(
            lambda: next((p for p in self.posts() if key_of(p) == key and label in p.labels), None),
            what=f"[{label}] on {key}",
        )
        outcome = person.click(post, label=label)
        assert outcome.ok, outcome

    def form(self, person: Person, key: str, label: str) -> OpenView:
        """Presses a button that opens a form, and waits for the form."""
        self.press(person, key, label)
        return person.wait_for_modal()

    def wait_until_all_ran(self) -> None:
        """No check is running or waiting, and the thread shows it."""

        def still() -> bool:
            progress = self.find("progress")
            text = shown(self.demo, progress) if progress else "reading AWS"
            return "reading AWS" not in text and "Run the rest" not in text

        self.slack.wait_for(still, what="every check to answer")

    def settle(self) -> None:
        """Until Slack shows everything as it should be: messages are edited at most once per 3 s."""
        wait_until_shown(self.demo)

    def says(self, key: str) -> str:
        return shown(self.demo, self.post(key))

    def fill(self, person: Person, key: str, label: str, values: Json) -> Outcome:
        """Presses a button that opens a form, fills it in by block id, and sends it."""
        form = self.form(person, key, label)
        return person.submit({block: {"value": value} for block, value in values.items()}, form)

    def whole(self) -> str:
        """Headline and thread as text in the runbook's order, told apart by their keys."""
        posts = sorted(self.posts(), key=lambda post: _place(key_of(post)))
        parts = [f"== {key_of(post) or 'a person'}\n{shown(self.demo, post)}" for post in posts]
        return _in_any_order(without_ids_and_times("\n\n".join(parts))) + "\n"

    def timeline(self) -> list[str]:
        """Its lines in the order shown, without the heading."""
        return self.says("timeline").splitlines()[1:]


def _in_any_order(said: str) -> str:
    """What happened "now" is sorted: which check answers first is a matter of luck."""
    before, heading, timeline = said.partition("*Timeline*\n")
    lines, gap, after = timeline.partition("\n\n")
    then = [line for line in lines.splitlines() if not line.startswith("now")]
    now = sorted(line for line in lines.splitlines() if line.startswith("now"))
    return before + heading + "\n".join([*then, *now]) + gap + after


def without_ids_and_times(said: str) -> str:
    """Ids by order of appearance (sg-1, i-2); times at or after the anchor, when people act, as "now"."""
    seen: dict[str, str] = {}

    def numbered(hit: re.Match[str]) -> str:
        kind = hit[1]
        number = 1 + sum(name.startswith(f"{kind}-") for name in seen.values())
        return seen.setdefault(hit[0], f"{kind}-{number}")

    said = re.sub(r"\b(sg|i|eni|acl|rtb|subnet|vpc|igw|sgr)-[0-9a-f]{8,17}\b", numbered, said)
    said = re.sub(r"https?://[\d.:]+/archives/\S+?(?=\))", "permalink", said)
    said = re.sub(r"\[file ([\w.]+?)(-e\d+)?\.(\w+), \d+ bytes\]", r"[file \1.\3]", said)
    return re.sub(r"\b(\d\d):(\d\d)(:\d\d)? UTC", _now_or_then, said)


def _now_or_then(hit: re.Match[str]) -> str:
    is_now = (int(hit[1]), int(hit[2])) >= (ANCHOR.hour, ANCHOR.minute)
    return "now" if is_now else hit[0]


def _place(key: str) -> tuple[int, str]:
    steps = [step.id for book in load().runbooks.values() for step in book.steps]
    kind, _, step = key.partition(":")
    if step in steps:
        return 2 + 2 * steps.index(step) + (kind == "file"), key
    order = {"headline": 0, "progress": 1, "conclusion": 1000, "timeline": 1001, "report": 1002}
    return order.get(key, 2000), key


def key_of(post: Post) -> str:
    """The outbox key a message of the bot carries; a chart's is made of its file's name; '' otherwise."""
    key = (post.metadata.get("event_payload") or {}).get("key")
    if key:
        return str(key)
    names = [re.sub(r"-e\d+\.\w+$", "", str(file["name"])) for file in post.files]
    return f"file:{names[0]}" if names and post.json.get("bot_id") else ""


def shown(demo: Demo, post: Post) -> str:
    """What one message says, buttons included, without who posted it and when; times in UTC."""
    text = PlainText(demo.slack.workspace).message(post.json)
    return "\n".join(line.strip() for line in text.splitlines()[1:])


def part(thread: str, key: str) -> str:
    """One message of a whole thread's text."""
    found = re.search(rf"^== {key}\n(.*?)(?:\n\n== |\Z)", thread, re.M | re.S)
    assert found, f"no message {key}"
    return found[1]


def golden(name: str, found: str) -> str:
    """What tests/scenario/golden has under that name, with UPDATE_GOLDEN=1 what was found."""
    path = Path(__file__).parent / "golden" / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(found, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def opened(
    demo: Demo, slack: Driver, who: str, channel: str, load_balancer: str, title: str = "cannot connect"
) -> Story:
    """A fresh incident at that load balancer's alarm, with its questions in the thread."""
    person = slack.user(who)
    before = {post.ts for post in person.messages(channel)}
    at = f"{alarm_at(load_balancer):%Y-%m-%dT%H:%MZ}"
    assert person.slash(f"/alb-incident {load_balancer} {at}", channel=channel).ok

    def headline() -> Post | None:
        new = [p for p in person.messages(channel) if p.ts not in before and key_of(p) == "headline"]
        return next((p for p in new if load_balancer in str(p.blocks) and title in str(p.blocks)), None)

    story = Story(demo, slack, slack.wait_for(headline, what=f"the headline of {load_balancer}"), person)
    story.post("step:aws_trouble")
    return story
