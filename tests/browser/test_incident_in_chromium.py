"""The security-group incident as a person plays it on the page, from the alarm to the report."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.sandbox.demo import Demo
from tests.browser.conftest import Camera
from tests.scenario.play import ANCHOR, running_demo, short_folder

pytestmark = pytest.mark.browser
# Not the account of a demo that other tests still run in this process.
ACCOUNT = "111122226666"
WIDE = {"width": 1280, "height": 900}
PATIENCE_MS = 40_000


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with short_folder() as folder, running_demo(folder, ANCHOR, ACCOUNT) as demo:
        yield demo


@pytest.fixture(scope="module")
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """Ana in #alerts; an error of the page fails the test."""
    errors: list[str] = []
    page = browser.new_page(viewport=WIDE, device_scale_factor=1.5, locale="en-GB")  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{demo.url}/#/ana/alerts")
    page.wait_for_selector("body[data-ready]")
    yield page
    page.close()
    assert errors == []


def message(page: Page, words: str, within: str = "thread") -> Locator:
    """The newest message with these words, in the thread or (`messages`) in the channel."""
    return page.get_by_test_id(within).get_by_test_id("message").filter(has_text=words).last


def press(page: Page, words: str, label: str, within: str = "thread") -> None:
    message(page, words, within).get_by_role("button", name=label, exact=True).click()


def fill(page: Page, label: str, words: str, done: str) -> None:
    form = page.get_by_test_id("modal")
    form.get_by_label(label).fill(words)
    form.get_by_role("button", name=done, exact=True).click()
    expect(form).to_have_count(0)


def be(page: Page, name: str) -> None:
    page.get_by_test_id("user-switcher").click()
    page.get_by_test_id(f"be-{name}").click()


def test_the_alarm_is_fired_and_an_incident_opened_in_the_form(page: Page, camera: Camera) -> None:
    page.get_by_test_id("card-shop-prod").click()
    expect(page.get_by_test_id("messages")).to_contain_text("TargetConnectionErrorCount above 10")
    page.get_by_role("button", name="Close the sandbox controls").click()
    page.get_by_label("Message #alerts").fill("/alb-incident")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    form = page.get_by_test_id("modal")
    name = form.get_by_role("combobox", name="Load balancer")
    name.click()
    name.press_sequentially("shop")
    form.get_by_role("option", name="shop-prod").click()
    form.get_by_label("When did the alarm fire?").fill("2026-11-20T15:20")
    camera.take(page, "form", form)
    form.get_by_role("button", name="Open", exact=True).click()
    expect(message(page, "cannot connect to its targets", "messages")).to_contain_text("Commander")


def test_the_thread_is_worked_through_to_a_network_block(page: Page, camera: Camera) -> None:
    headline = message(page, "cannot connect to its targets", "messages")
    headline.get_by_test_id("thread-link").click()
    press(page, "Infrastructure team", "Yes…")
    fill(page, "What changed, and when?", "rotated the web security groups at 15:14", "Save")
    press(page, "Did the application team", "No")
    press(page, "Did AWS have trouble", "Don't know")
    press(page, "An Application Load Balancer cannot", "Run the rest")
    expect(message(page, "port 8080 is blocked")).to_be_visible()
    expect(message(page, "Network block")).to_contain_text("likely")
    expect(headline).to_contain_text("Network block (likely)")
    camera.take(page, "headline", headline)


def test_the_charts_are_pictures_in_the_thread(page: Page, camera: Camera) -> None:
    picture = page.get_by_test_id("thread").get_by_test_id("file").locator("img").first
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()
    page.wait_for_function(
        "image => image.complete && image.naturalWidth > 400", arg=picture.element_handle()
    )
    picture.click()
    camera.take(page, "chart", page.get_by_test_id("lightbox").locator("img"))
    page.keyboard.press("Escape")


def test_a_message_is_added_to_the_timeline_from_its_menu(page: Page) -> None:
    be(page, "lan")
    page.get_by_label("Reply…").fill("rolling back the terraform apply")
    page.keyboard.press("Enter")
    said = message(page, "rolling back the terraform apply")
    said.hover()
    said.get_by_role("button", name="More actions").click()
    page.get_by_test_id("shortcut-add_to_timeline").click()
    expect(message(page, "first connection error")).to_contain_text("rolling back the terraform apply")
    be(page, "ana")


def test_the_incident_is_resolved_and_reported(page: Page, camera: Camera) -> None:
    press(page, "Usual fix", "This was it")
    expect(message(page, "first connection error")).to_contain_text("it was Network block")
    camera.take(page, "thread", height=800, scrolled_to=message(page, "Usual fix"))
    press(page, "Commander", "Resolve…", "messages")
    fill(page, "What was it, and what ended it?", "terraform removed the rule; rolled back", "Resolve")
    expect(message(page, "resolved after", "messages")).to_contain_text("terraform removed the rule")
    expect(message(page, "Report: shop-prod")).to_contain_text("Network block")
    camera.take(page, "report", message(page, "Report: shop-prod"), height=1400)


def test_the_digest_of_the_next_morning_is_one_message(page: Page, camera: Camera) -> None:
    page.keyboard.press("Escape")
    page.get_by_label("Message #alerts").fill("/alb-incident digest")
    page.keyboard.press("Enter")
    digest = message(page, "load balancers watched", "messages")
    expect(digest).to_contain_text("unchanged")
    camera.take(page, "digest", digest, height=2400)
