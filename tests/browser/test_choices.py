"""Menus and options in a real browser."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open
from tests.browser.live import Live, Pictures

pytestmark = pytest.mark.browser


def test_a_model_that_cannot_run_says_why(tab: Open, live: Live) -> None:
    page = tab(live).page
    page.focus("#transfer .pick")
    page.keyboard.press("Enter")
    page.wait_for_selector("#transfer dialog[open]")
    page.keyboard.press("ArrowDown")  # from the chosen one to the next
    page.keyboard.press("Enter")
    page.wait_for_selector("#model_say [role=alert]:has-text('Big painter cannot run on this machine')")
    assert "Take Painter instead" in page.inner_text("#model_say")
    assert page.inner_text("#transfer .face b") == "Painter"
    assert page.evaluate("() => document.activeElement.className") == "pick", "focus is back on the menu"


def test_commercial_use_hides_models(tab: Open, live: Live) -> None:
    page = tab(live).page
    page.check("#commercial input")
    page.wait_for_function("() => document.querySelectorAll('#transfer [data-model]').length === 1")
    page.wait_for_function("() => !document.querySelector('#video [data-model=big-film]')")
    page.uncheck("#commercial input")
    page.wait_for_function("() => document.querySelectorAll('#transfer [data-model]').length === 2")


def test_the_example_lends_its_two_photos(tab: Open, live: Live) -> None:
    opened = tab(live)
    page = opened.page
    page.wait_for_function("() => document.querySelector('.example video').currentTime > 0")
    page.click("[data-example]")
    page.wait_for_selector("#person img[src^='data:image/jpeg']")
    page.wait_for_selector("#garment img[src^='data:image/jpeg']")
    assert opened.outside == [] and opened.complaints == []


def test_a_picture_without_a_film_and_a_kept_seed(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live)
    page = opened.page
    page.click("#video .pick")
    page.click("#video [data-model='-']")
    opened.add(pictures)
    opened.run()
    assert page.locator("#screen video").count() == 0 and page.locator(".compare").is_visible()
    assert page.locator(".saves > a").count() == 1
    page.click("#more > button")
    seed = page.input_value("#seed input")
    page.click("#seed_mode label:has-text('Keep')")
    opened.page.click("#run")
    page.wait_for_selector("#history button")
    assert page.input_value("#seed input") == seed and f"seed {seed}" in page.inner_text("#facts")
