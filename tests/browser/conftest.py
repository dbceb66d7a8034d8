"""One Chromium and one page for all browser tests; every test has a context of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.live import PATIENCE, Live, Pictures, draw_pictures, serving

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Shows every frame, and keeps a job for a minute without followers: a reload may take long here."""
    with serving(
        tmp_path_factory.mktemp("page"),
        TRYON_MAX_PER_ADDRESS="20",
        TRYON_PREVIEW_FPS="1000",
        TRYON_GRACE_SECONDS="60",
    ) as page:
        yield page


@pytest.fixture
def held(live: Live) -> Iterator[Live]:
    """The same page, whose films wait for `held.gate.let(frames)` before their first frame."""
    live.gate.let(0)
    yield live
    live.gate.let()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    return draw_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("TRYON_REQUIRE_BROWSER"):
            pytest.fail("no Chromium, and here the browser tests must run")
        pytest.skip("no Chromium: sudo apt-get install chromium")
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Tab:
    """A page in a browser context of its own, and everything it complained about."""

    def __init__(self, context: Any, url: str) -> None:
        self.context = context
        self.url = url
        self.outside: list[str] = []
        self.complaints: list[str] = []
        self.open()

    def open(self) -> None:
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        self.page.goto(self.url)
        self.page.wait_for_selector("#run")
        # Gradio's own session is there once the load handler has answered: the id is in the browser's storage.
        self.page.wait_for_function("() => localStorage.getItem('tryon.session')?.length > 20")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.outside.append(request.url)

    def add(self, pictures: Pictures) -> None:
        """Both photos, and the permission to use them."""
        self.page.set_input_files("#person input[type=file]", pictures.person)
        self.page.wait_for_selector("#person_say .good")
        self.page.set_input_files("#garment input[type=file]", pictures.garment)
        self.page.wait_for_selector("#garment_say .good")
        if self.page.locator("#consent input").is_visible():
            self.page.check("#consent input")

    def run(self) -> None:
        """From the click to the finished look."""
        self.page.click("#run")
        self.page.wait_for_selector("#screen .result")


@pytest.fixture
def tab(chromium: Any) -> Iterator[Callable[..., Tab]]:
    """Opens a tab: `tab(live, size=PHONE, locale="ko-KR", ...)`."""
    contexts: list[Any] = []

    def opened(page: Live, size: dict[str, int] | None = None, **options: Any) -> Tab:
        options = {"locale": "en-US", "viewport": size or DESKTOP, "permissions": ["camera"], **options}
        contexts.append(chromium.new_context(**options))
        return Tab(contexts[-1], page.url)

    yield opened
    for context in contexts:
        context.close()


Open = Callable[..., Tab]  # the fixture `tab`


def wide(tab: Tab) -> bool:
    """Does the page scroll sideways?"""
    return bool(tab.page.evaluate("() => document.documentElement.scrollWidth > innerWidth"))
