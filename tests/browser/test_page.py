"""What a visitor sees and does, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Tab
from tests.browser.live import PATIENCE, Live, Pictures, Relay, serving

pytestmark = pytest.mark.browser

Open = Callable[..., Tab]


def wide(tab: Tab) -> bool:
    """Does the page scroll sideways?"""
    return bool(tab.page.evaluate("() => document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")])
def test_loads_quietly(tab: Open, live: Live, size: dict[str, int], scheme: str) -> None:
    opened = tab(live, size, color_scheme=scheme)
    button = opened.page.locator("#run").bounding_box()
    assert button["y"] + button["height"] <= size["height"], "the main button is visible without scrolling"
    assert not wide(opened)
    face = "() => document.fonts.ready.then(() => document.fonts.check('16px \"Source Sans Pro\"'))"
    assert opened.page.evaluate(face)
    ground = opened.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (sum(int(n) for n in ground[4:-1].split(",")[:3]) < 150) == (scheme == "dark")
    assert opened.outside == [] and opened.complaints == []


def test_empty_click_says_everything_that_is_missing(tab: Open, live: Live) -> None:
    opened = tab(live)
    opened.page.click("#run")
    opened.page.wait_for_selector("#person_say [role=alert]")
    for place in ("#person_say", "#garment_say", "#consent_say"):
        assert opened.page.locator(f"{place} [role=alert]").is_visible()
    assert opened.page.locator("#stop").count() == 0 or not opened.page.locator("#stop").is_visible()


def test_from_two_photos_to_a_film(tab: Open, held: Live, pictures: Pictures) -> None:
    opened = tab(held)
    page = opened.page
    opened.add(pictures)
    shown = page.locator("#person img").first.get_attribute("src")
    assert shown.startswith("data:image/jpeg")
    page.click("#chip_1")
    page.wait_for_function("() => document.querySelector('#prompt textarea, #prompt input').value.length > 5")
    page.click("#run")
    for frame in range(1, 4):
        page.wait_for_selector("#strip li.now:last-child")
        before = page.get_attribute("#screen .live img", "src")
        held.gate.let(frame)  # frames are streamed one by one
        page.wait_for_function("before => document.querySelector('#screen .live img').src !== before", arg=before)
    held.gate.let()
    page.wait_for_selector("#screen .result")
    assert page.locator("#strip img").count() == 6
    film = "() => { const v = document.querySelector('#screen video'); return [v.muted, v.playsInline, v.currentTime] }"
    muted, inline, first = page.evaluate(film)
    assert muted and inline
    page.wait_for_function(f"() => document.querySelector('#screen video').currentTime !== {first}")
    assert "AI-generated" in page.inner_text("#facts") and "seed" in page.inner_text("#facts")
    assert page.evaluate("() => document.activeElement.classList.contains('result')"), "focus is on the look"
    assert opened.outside == [] and opened.complaints == []


def test_compare_saves_and_steps(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live)
    page = opened.page
    opened.add(pictures)
    opened.run()
    page.click(".views [data-show=compare]")
    page.focus(".compare input")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert page.evaluate("() => document.querySelector('.compare').style.getPropertyValue('--at')") == "45%"
    page.click("#strip [data-show=mask]")
    assert page.locator("[data-panel=mask] img").is_visible() and not page.locator(".compare").is_visible()
    for index, (ending, head) in enumerate(((".mp4", b"ftyp"), (".png", b"PNG"))):
        with page.expect_download() as saved:
            page.locator(".saves > a").nth(index).click()
        data = saved.value.path().read_bytes()
        assert saved.value.suggested_filename.endswith(ending) and head in data[:12]
        assert b"SecretCamera" not in data
    page.click(".menu summary")
    with page.expect_download() as saved:
        page.click("text=Loop as GIF")
    assert saved.value.path().read_bytes()[:3] == b"GIF"


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


def test_keyboard_only(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live)
    page = opened.page
    opened.add(pictures)
    page.focus("#prompt textarea, #prompt input")
    page.keyboard.type("walks towards the camera")
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id || document.activeElement.closest('[id]')?.id"))
        if reached[-1] == "run":
            break
    assert reached[-1] == "run", reached
    page.keyboard.press("Enter")
    page.wait_for_selector("#screen .result")


@pytest.mark.parametrize(
    ("which", "sentence"),
    [("broken", "We could not open that file"), ("nobody", "We could not find a person")],
)
def test_a_bad_photo_gets_its_sentence(tab: Open, live: Live, pictures: Pictures, which: str, sentence: str) -> None:
    opened = tab(live)
    opened.page.set_input_files("#person input[type=file]", getattr(pictures, which))
    opened.page.wait_for_selector(f"#person_say [role=alert]:has-text('{sentence}')")


def test_heic_is_shown_back_as_jpeg(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live)
    opened.page.set_input_files("#person input[type=file]", pictures.heic)
    opened.page.wait_for_selector("#person_say .good")
    assert opened.page.locator("#person img").first.get_attribute("src").startswith("data:image/jpeg")


def test_delete_my_pictures_now(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live)
    page = opened.page
    opened.add(pictures)
    opened.run()
    film = page.locator("#screen video").get_attribute("src")
    folder = film.split("/")[2]
    assert any(folder in path.parts for path in live.files())
    page.click("[data-do=delete]")
    page.wait_for_selector("#top .told")
    assert not any(folder in path.parts for path in live.files())
    assert opened.context.request.get(f"{live.url}{film}").status == 404
    assert page.locator("#person img[src^='data:image/jpeg']").count() == 0
    page.reload()
    page.wait_for_selector("#screen .empty")


def test_a_look_becomes_the_person_and_history_grows(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live)
    page = opened.page
    opened.add(pictures)
    opened.run()
    first = page.locator("#screen .result").get_attribute("data-look")
    page.click("[data-do=reuse]")
    page.wait_for_selector("#person_say:has-text('Your look from before')")
    page.set_input_files("#garment input[type=file]", pictures.garment)
    page.wait_for_selector("#garment_say .good")
    page.click("#run")
    page.wait_for_selector("#history button")
    assert page.locator("#history button").count() == 2
    page.locator("#history button").last.click()
    page.wait_for_selector(f"#screen [data-look='{first}']")


def test_a_painted_area_is_used(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live)
    page = opened.page
    opened.add(pictures)
    page.click("#area")
    page.wait_for_selector("#brush canvas[data-ready]")
    box = page.locator("#brush canvas").bounding_box()
    page.keyboard.press("ArrowDown")  # the painter has the focus; space paints in the middle
    page.keyboard.press("Space")
    assert page.evaluate("() => document.activeElement.tagName") == "CANVAS"
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.9 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.9 * box["height"], steps=6)
    page.mouse.up()
    page.click("[data-brush=use]")
    page.wait_for_selector("#remarks:has-text('Your edited mask was used')")
    page.wait_for_selector("#screen .result")
    # The stroke lies on the wall beside the legs: it is in the garment's red now, and was grey before.
    src = page.locator(".compare .under").get_attribute("src")
    red, before = _pixels(opened, live.url + src), _pixels(opened, live.url + src.replace("after", "before"))
    assert red[0] > red[2] + 20 and abs(before[0] - before[2]) < 20


def _pixels(opened: Tab, url: str) -> tuple[int, ...]:
    import io

    from PIL import Image

    picture = Image.open(io.BytesIO(opened.context.request.get(url).body())).convert("RGB")
    return picture.getpixel((int(0.25 * picture.width), int(0.9 * picture.height)))  # type: ignore[return-value]


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


CONTRAST = """() => {
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return {v: m.slice(0, 3), a: m[3] ?? 1}; };
  const mix = (f, b) => ({v: f.v.map((x, i) => x * f.a + b.v[i] * (1 - f.a)), a: 1});
  const light = (c) => c.v.map((x) => x / 255)
    .map((x) => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4)
    .reduce((sum, x, i) => sum + x * [.2126, .7152, .0722][i], 0);
  const ground = (e) => {
    const stack = [];
    for (let n = e; n; n = n.parentElement) {
      stack.push(parse(getComputedStyle(n).backgroundColor));
      if (stack.at(-1).a === 1) break;
    }
    return stack.reverse().reduce((b, c) => mix(c, b), {v: [255, 255, 255], a: 1});
  };
  const said = [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())
    && !e.closest('.badge, .unseen, svg, script, style'));
  const poor = said.map((e) => {
    const s = getComputedStyle(e), b = ground(e), f = mix(parse(s.color), b);
    const [low, high] = [light(f), light(b)].sort((x, y) => x - y), ratio = (high + .05) / (low + .05);
    const big = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.66 && +s.fontWeight >= 700);
    return ratio < (big ? 3 : 4.5) ? `${ratio.toFixed(2)} ${e.textContent.trim().slice(0, 40)}` : null;
  }).filter(Boolean);
  return [said.length, poor];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(tab: Open, live: Live, pictures: Pictures, scheme: str) -> None:
    opened = tab(live, color_scheme=scheme)
    opened.page.click("#more > button")
    opened.page.click("#run")
    opened.page.wait_for_selector("#consent_say [role=alert]")
    count, poor = opened.page.evaluate(CONTRAST)
    assert count > 40 and poor == []
    opened.add(pictures)
    opened.run()
    opened.page.mouse.move(2, 2)
    opened.page.wait_for_timeout(400)  # buttons change colour softly
    assert opened.page.evaluate(CONTRAST)[1] == []


@pytest.mark.parametrize(
    ("locale", "title", "button"),
    [
        ("zh-CN", "服装", "给我穿上看看"),
        ("ko-KR", "옷", "입어 보기"),
        ("es-ES", "Prenda", "Verlo en mí"),
        ("de-DE", "Kleidung", "An mir"),
    ],
)
def test_languages(tab: Open, live: Live, locale: str, title: str, button: str) -> None:
    opened = tab(live, PHONE, locale=locale)
    opened.page.wait_for_selector(f"#garment_title h2:has-text('{title}')")
    opened.page.wait_for_selector(f"#run:has-text('{button}')")
    assert not wide(opened)


def test_calm_visitors_get_a_still_film(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live, reduced_motion="reduce")
    opened.add(pictures)
    opened.run()
    opened.page.wait_for_timeout(300)
    assert opened.page.evaluate("() => document.querySelector('#screen video').paused")


def test_the_camera_gives_a_photo(tab: Open, live: Live) -> None:
    opened = tab(live)
    page = opened.page
    page.locator("#person .source-selection button").nth(1).click()
    page.click("#person button:has-text('Webcam')")
    page.wait_for_function("() => document.querySelector('#person video')?.videoWidth > 0")
    page.wait_for_timeout(500)
    page.click("#person .capture-button")
    page.wait_for_selector("#person_say .good, #person_say [role=alert]")


def named(tab: Tab) -> list[Any]:
    """Buttons, links and fields without an accessible name."""
    return tab.page.evaluate(
        """() => [...document.querySelectorAll('button, a[href], input, textarea, summary, video, canvas')]
        .filter(e => e.checkVisibility() && !(e.getAttribute('aria-label') || e.title || e.innerText?.trim()
          || e.labels?.length || e.getAttribute('aria-labelledby') || e.placeholder))
        .map(e => e.outerHTML.slice(0, 120))"""
    )


def test_everything_has_a_name(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live)
    assert named(opened) == []
    opened.add(pictures)
    opened.run()
    opened.page.click("#more > button")
    assert named(opened) == []
    missing = "() => [...document.images].filter(i => i.checkVisibility() && !i.hasAttribute('alt')).length"
    assert opened.page.evaluate(missing) == 0
    assert opened.page.locator("#announce[role=status]").count() == 1
