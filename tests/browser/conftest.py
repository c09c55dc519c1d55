"""What the browser tests share: a Chromium, and the option that keeps pictures of what was played."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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

    def take(self, page: Page, name: str, selector: str = "") -> None:
        """The part of the page with that selector, or all that the window shows."""
        part = page.locator(selector).last if selector else page.locator("body")
        assert part.is_visible(), f"nothing to see at {selector}"
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.screenshot(path=self._folder / f"{name}.png")


@pytest.fixture(scope="session")
def camera(request: pytest.FixtureRequest) -> Camera:
    """Keeps its pictures in docs/images/ with `--screenshots`."""
    wanted = request.config.getoption("--screenshots", default=False)
    return Camera(PICTURES if wanted else None)
