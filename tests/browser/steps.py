"""What a shopper does on the page, step by step: for the test of the real engine and for benchmarks/embedded.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS

ASSETS = Path(__file__).parents[2] / "assets"
PERSON, GARMENT = ASSETS / "people" / "woman_studio_full.jpg", ASSETS / "garments" / "sunset_tshirt.jpg"
SLOW = 120_000  # ms; a busy machine is no failure


def launch(playwright: Any) -> Any:
    """Headless Chromium. RuntimeError where there is none."""
    if CHROMIUM is None:
        raise RuntimeError("no Chromium: sudo apt-get install chromium")
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


def open_page(browser: Any, url: str) -> Any:
    """A tab in which the page can be used."""
    page = browser.new_context(locale="en-US", viewport=DESKTOP).new_page()
    page.set_default_timeout(SLOW)
    page.goto(url)
    page.wait_for_selector("#run")
    page.wait_for_function("() => localStorage.getItem('tryon.session')?.length > 20")
    return page


def add_samples(page: Any) -> None:
    """Both photos from files, judged by the page, and the permission to use them."""
    page.set_input_files("#person input[type=file]", PERSON)
    page.wait_for_selector("#person_say .good")
    page.set_input_files("#garment input[type=file]", GARMENT)
    page.wait_for_selector("#garment_say .good")
    if page.locator("#consent input").is_visible():
        page.check("#consent input")


def press_run(page: Any) -> None:
    """Clears what the last run left to look for, and starts the next."""
    page.evaluate("() => document.querySelectorAll('#screen img, #screen video').forEach((one) => one.remove())")
    page.click("#run")


def wait_for_frame(page: Any) -> None:
    """The first picture of the running job."""
    page.wait_for_selector("#screen .live img")


def wait_for_video(page: Any) -> None:
    """The finished film can be played."""
    page.wait_for_function("() => (document.querySelector('#screen .result video')?.readyState ?? 0) >= 2")
