"""A run in a real browser: stop, reload, a lost connection, a closed tab."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.browser.conftest import PHONE, Open, wide
from tests.browser.live import PATIENCE, Live, Pictures, Relay, serving

pytestmark = pytest.mark.browser


def test_stop_stops(tab: Open, held: Live, pictures: Pictures) -> None:
    opened = tab(held)
    opened.add(pictures)
    opened.page.click("#run")
    opened.page.wait_for_selector("#screen .live img")
    opened.page.click("#stop")
    opened.page.wait_for_selector("#order_say:has-text('Stopped')")
    assert opened.page.locator("#run").is_visible() and not opened.page.locator("#stop").is_visible()
    assert opened.page.locator("#screen .empty").is_visible()


def test_a_second_order_waits_for_the_first(tab: Open, held: Live, pictures: Pictures) -> None:
    opened = tab(held)
    opened.add(pictures)
    opened.page.click("#run")
    opened.page.wait_for_selector("#screen .live img")
    opened.page.focus("#prompt textarea, #prompt input")
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_selector("#order_say:has-text('already being made')")
    opened.page.click("#stop")
    opened.page.wait_for_selector("#order_say:has-text('Stopped')")


def test_a_reload_finds_the_run_and_the_photos_again(tab: Open, held: Live, pictures: Pictures) -> None:
    opened = tab(held)
    opened.add(pictures)
    opened.page.click("#run")
    opened.page.wait_for_selector("#strip li.now:last-child")
    opened.page.reload()
    opened.page.wait_for_selector("#screen .live img")
    opened.page.wait_for_selector("#person img[src^='data:image/jpeg']")
    opened.page.wait_for_selector("#garment img[src^='data:image/jpeg']")
    assert not opened.page.locator("#consent input").is_visible(), "permission is asked for once"
    held.gate.let()
    opened.page.wait_for_selector("#screen .result")
    opened.page.reload()
    opened.page.wait_for_selector("#screen .result")
    assert "Looks like" in opened.page.inner_text("#garment_say"), "what was found is told again"
    assert "Person found" in opened.page.inner_text("#person_say")


def test_a_dropped_connection_finds_its_run_again(tab: Open, held: Live, pictures: Pictures) -> None:
    with Relay(held.url) as relay:
        opened = tab(replace(held, url=relay.url))
        opened.add(pictures)
        opened.page.click("#run")
        opened.page.wait_for_selector("#strip li.now:last-child")
        with opened.page.expect_navigation():  # Gradio's page reloads itself once it can
            relay.drop()
        opened.page.wait_for_selector("#screen .live img")
        held.gate.let()
        opened.page.wait_for_selector("#screen .result")


def test_a_closed_tab_ends_its_run(tab: Open, pictures: Pictures, tmp_path: Path) -> None:
    with serving(tmp_path, TRYON_GRACE_SECONDS="3") as live:
        live.gate.let(0)
        opened = tab(live)
        opened.add(pictures)
        opened.page.click("#run")
        opened.page.wait_for_selector("#strip li.now:last-child")
        live.gate.let(2)
        opened.page.wait_for_selector("#status em:has-text('2 of 36')")
        (made,) = {path.parent for path in live.files() if "video" in path.name}
        opened.page.close()
        end = time.monotonic() + PATIENCE
        while made.exists() and time.monotonic() < end:
            time.sleep(0.1)
        assert not made.exists()


def test_phone(tab: Open, held: Live, pictures: Pictures) -> None:
    opened = tab(held, PHONE, has_touch=True)
    opened.add(pictures)
    opened.page.tap("#run")
    opened.page.wait_for_selector("#stop")
    box = opened.page.locator("#stop").bounding_box()
    assert 0 <= box["y"] <= PHONE["height"] - 40, "Stop can be reached while the run is watched"
    held.gate.let()
    opened.page.wait_for_selector("#screen .result")
    assert not wide(opened)
    opened.page.wait_for_function("() => document.querySelector('#look').getBoundingClientRect().top < 120")


def test_a_click_while_a_photo_is_on_its_way_means_that_photo(tab: Open, live: Live, pictures: Pictures) -> None:
    """The answer to the garment's upload is late: the tab does not know the garment yet, the server does."""
    opened = tab(live)
    page, late = opened.page, []
    page.set_input_files("#person input[type=file]", pictures.person)
    page.wait_for_selector("#person_say .good")
    page.check("#consent input")
    page.route(
        "**/gradio_api/run/predict", lambda route: route.continue_() if late else late.append((route, route.fetch()))
    )
    page.set_input_files("#garment input[type=file]", pictures.garment)
    while not late:
        page.wait_for_timeout(50)
    page.click("#run")
    page.wait_for_selector("#screen .result")
    assert page.locator("#garment_say [role=alert]").count() == 0
    route, answer = late[0]
    route.fulfill(response=answer)
    page.wait_for_selector("#garment_say .good")


def test_the_verdict_on_a_replaced_photo_is_not_told(tab: Open, live: Live) -> None:
    """The second photo comes while the parser looks at the first; both are told of by the same handlers."""
    page = tab(live).page
    live.gate.let(-1)
    try:
        page.click("#people [data-id='0']")
        page.wait_for_selector("#person_say:has-text('Looking closer')")
        first = page.locator("#person img").first.get_attribute("src")
        page.click("#people [data-id='1']")
        page.wait_for_function("src => document.querySelector('#person img').src !== src", arg=first)
    finally:
        live.gate.let()
    page.wait_for_selector("#person_say .good:has-text('Person found')")


def test_of_two_photos_the_last_one_counts(tab: Open, live: Live) -> None:
    """It is chosen while the answer about the first is still on its way."""
    page, late = tab(live).page, []
    page.route("**/gradio_api/run/predict", lambda route: route.continue_() if late else late.append(route))
    page.click("#garments [data-id='0']")
    while not late:
        page.wait_for_timeout(50)
    page.click("#garments [data-id='1']")
    page.wait_for_selector("#garment_say .good")
    second = page.locator("#garment img").first.get_attribute("src")
    page.click("#garments [data-id='0']")
    page.wait_for_function("src => document.querySelector('#garment img').src !== src", arg=second)


def test_a_chosen_kind_survives_a_reload(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live)
    page = opened.page
    opened.add(pictures)
    page.click("#category label:has-text('Dress')")
    page.wait_for_selector("#garment_say .good:has-text('Taken as: Dress')")
    page.reload()
    page.wait_for_selector("#garment_say .good:has-text('Taken as: Dress')")
    assert page.is_checked("#category label:has-text('Dress') input")
    page.check("#consent input")
    opened.run()
    page.click("[data-do=reuse]")  # the next garment is one of its own kind
    page.wait_for_selector("#category label:has-text('Auto') input:checked")
    page.reload()
    page.wait_for_selector("#screen .result")
    assert page.is_checked("#category label:has-text('Auto') input")
