"""What the browser tests share: a Chromium, and the option that keeps pictures of what was played."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

PICTURES = Path(__file__).parents[2] / "docs" / "images"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots", action="store_true", help="keep pictures for the README in docs/images/"
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("there is no Chromium here: install the package chromium to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


class Camera:
    """Takes pictures when they were asked for; otherwise only makes sure that there is something to see."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def take(
        self,
        page: Page,
        name: str,
        part: Locator | None = None,
        height: int = 900,
        scrolled_to: Locator | None = None,
    ) -> None:
        """The part, or all that a window of that height shows; what only tells of the mouse is left out."""
        shown = part or page.locator("body")
        expect(shown).to_be_visible()
        if self._folder is None:
            return
        before = page.viewport_size
        page.set_viewport_size({"width": 1280, "height": height})
        if scrolled_to:
            scrolled_to.evaluate("element => element.scrollIntoView({block: 'start'})")
        page.mouse.move(2, 2)
        expect(page.get_by_test_id("toast")).to_have_count(0)
        self._folder.mkdir(parents=True, exist_ok=True)
        shown.screenshot(path=self._folder / f"{name}.png", animations="disabled")
        if before:
            page.set_viewport_size(before)


@pytest.fixture(scope="session")
def camera(request: pytest.FixtureRequest) -> Camera:
    """Keeps its pictures in docs/images/ with `--screenshots`."""
    wanted = request.config.getoption("--screenshots", default=False)
    return Camera(PICTURES if wanted else None)
