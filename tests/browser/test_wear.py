"""How a garment is worn: choices that come with it, stay through a reload, and are told with the result."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Open, wide
from tests.browser.live import Live, Pictures

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_ways_of_wearing(tab: Open, live: Live, pictures: Pictures, size: dict[str, int]) -> None:
    opened = tab(live, size)
    page = opened.page
    assert page.locator("#wear").count() == 0
    opened.add(pictures)
    page.wait_for_selector("#wear label:has-text('Tucked in')")
    assert page.locator("#wear label").count() == 1, "a T-shirt has neither a front to open nor long sleeves"
    page.focus("#wear input")
    page.keyboard.press("Space")
    page.wait_for_selector("#wear label.selected")
    page.wait_for_function("() => localStorage.getItem('tryon.wear')?.length > 20")
    opened.open()
    page = opened.page
    page.wait_for_selector("#wear label.selected")
    assert not wide(opened)
    page.check("#consent input")
    opened.run()
    assert "Standard, tucked in" in page.inner_text("#facts")
    assert "Painter does not read how a garment is worn" in page.inner_text("#remarks")
    page.click("#category label:has-text('Bottom')")
    page.wait_for_selector("#wear", state="detached")
    assert opened.outside == [] and opened.complaints == []
