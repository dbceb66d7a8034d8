"""A visitor brings a clip instead of a photo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.browser.conftest import Tab
from tests.browser.live import Live, Pictures
from tests.drawing import draw_person
from tests.media.makers import FACTS
from tryon.media.mp4 import VideoWriter

pytestmark = pytest.mark.browser


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A second of the drawn person, gliding to the right."""
    pixels = draw_person(384, 512).photo.pixels
    with VideoWriter(tmp_path / "me.mp4", 384, 512, 12, FACTS) as film:
        for step in range(12):
            film.write(np.roll(pixels, 2 * step, axis=1))
    return tmp_path / "me.mp4"


def test_a_clip_becomes_a_film_of_its_own_length(
    tab: Callable[..., Tab], live: Live, pictures: Pictures, clip: Path
) -> None:
    opened = tab(live)
    page = opened.page
    page.set_input_files("#person_card input[accept*=mp4]", clip)
    page.wait_for_selector("#person_say .good:has-text('1')")
    page.wait_for_function("() => document.querySelector('#person_say').innerText.includes('Person found')")
    assert page.locator("#person img").first.get_attribute("src").startswith("data:image/jpeg")
    page.set_input_files("#garment input[type=file]", pictures.garment)
    page.wait_for_selector("#garment_say .good")
    page.check("#consent input")
    opened.run()
    assert "384 × 512" in page.inner_text("#facts") and "1.0 s" in page.inner_text("#facts")
    assert not [path for path in live.files() if path.name == "me.mp4"]
    page.click("#area")
    page.wait_for_selector("#order_say .bad")
    assert opened.outside == [] and opened.complaints == []
