"""Several garments: added beside the first, shown small, put on one after the other, taken away."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.conftest import DESKTOP, PHONE, Open, wide
from tests.browser.live import Live, Pictures
from tests.drawing import draw_tshirt

pytestmark = pytest.mark.browser

INPUT = "#garment_card input[type=file]:not(#garment input)"
HEIGHT = "() => document.querySelector('#garment_card').offsetHeight"


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_another_garment(tab: Open, live: Live, pictures: Pictures, tmp_path: Path, size: dict[str, int]) -> None:
    blue = tmp_path / "blue.png"
    Image.fromarray(draw_tshirt((20, 40, 200)).photo.pixels).save(blue)
    opened = tab(live, size)
    page = opened.page
    tall = page.evaluate(HEIGHT)
    page.evaluate("() => document.querySelector('#another').style.display = 'none'")
    assert page.evaluate(HEIGHT) == tall, "the card is as tall as without the button"
    page.evaluate("() => document.querySelector('#another').style.display = ''")
    # From now on the browser asks the test for files; expect_file_chooser does not wait until it knows.
    page.on("filechooser", lambda chooser: None)
    page.evaluate("0")
    page.focus("#another")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    opened.add(pictures)
    chooser.value.set_files(blue)
    page.wait_for_selector("#others li:has-text('top')")
    page.set_input_files(INPUT, pictures.nobody)
    page.wait_for_selector("#others [role=alert]")
    assert page.locator("#others li").count() == 1 and not wide(opened)
    opened.run()
    src = page.locator(".compare .under").get_attribute("src")
    assert _chest(opened.context.request.get(live.url + src).body()) == "blue", "the second lies over the first"
    opened.open()
    page = opened.page
    page.wait_for_selector("#others li")  # a reload keeps it
    page.focus("#others button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#others li", state="detached")
    before = page.locator("#screen .result").get_attribute("data-look")
    page.click("#run")
    page.wait_for_selector(f"#screen .result:not([data-look='{before}'])")
    src = page.locator(".compare .under").get_attribute("src")
    assert _chest(opened.context.request.get(live.url + src).body()) == "red"
    assert opened.outside == [] and opened.complaints == []


def _chest(data: bytes) -> str:
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    red, _, blue = picture.getpixel((picture.width // 2, int(0.35 * picture.height)))  # type: ignore[misc]
    return "red" if red > blue else "blue"
