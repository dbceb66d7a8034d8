"""What a visitor sees and does, in a real browser."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Open, Tab, wide
from tests.browser.live import Live, Pictures

pytestmark = pytest.mark.browser


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


@pytest.mark.parametrize("locale", ["de-DE", "es-ES", "ko-KR"])
def test_what_to_do_can_be_read_beside_what_is_missing(tab: Open, live: Live, locale: str) -> None:
    page = tab(live, locale=locale).page
    page.wait_for_function(f"() => document.querySelector('#run').innerText !== {'See it on me'!r}")
    page.click("#run")
    page.wait_for_selector("#garment_say [role=alert]")
    page.wait_for_selector("#garment .compact .prompt")
    fits = "() => [...document.querySelectorAll('#photos .prompt')].every((e) => e.scrollWidth <= e.clientWidth)"
    assert page.evaluate(fits)


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
    page.wait_for_selector("#consent input:not(:checked)")  # a new session asks anew
    assert not any(folder in path.parts for path in live.files())
    assert opened.context.request.get(f"{live.url}{film}").status == 404
    assert page.locator("#person img[src^='data:image/jpeg']").count() == 0
    page.reload()
    page.wait_for_selector("#screen .empty")
    page.wait_for_selector("#consent input:not(:checked)")


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


def test_the_camera_gives_a_photo(tab: Open, live: Live) -> None:
    opened = tab(live)
    page = opened.page
    page.locator("#person .source-selection button").nth(1).click()
    page.click("#person button:has-text('Webcam')")
    page.wait_for_function("() => document.querySelector('#person video')?.videoWidth > 0")
    page.wait_for_timeout(500)
    page.click("#person .capture-button")
    page.wait_for_selector("#person_say .good, #person_say [role=alert]")
