"""The real app.py with the real engine on the repository's own samples, as a newcomer would use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.live import serving
from tests.browser.steps import add_samples, open_page, press_run, wait_for_frame, wait_for_video

pytestmark = pytest.mark.browser


def test_two_photos_a_sentence_and_a_film(chromium: Any, tmp_path: Path) -> None:
    with serving(tmp_path, real=True) as live:
        page = open_page(chromium, live.url)
        outside: list[str] = []
        page.on("request", lambda asked: outside.append(asked.url) if not _local(asked.url, live.url) else None)
        add_samples(page)
        page.fill("#prompt textarea, #prompt input", "she turns slowly to the left")
        press_run(page)
        wait_for_frame(page)
        wait_for_video(page)
        film = "() => document.querySelector('#screen .result video')"
        before = page.evaluate(f"({film})().currentTime")
        page.wait_for_function(f"() => ({film})().currentTime !== {before}")
        assert page.locator("#strip img").count() == 6, "every stage shows its real picture"
        width, height = page.evaluate(f"(() => [({film})().videoWidth, ({film})().videoHeight])()")
        assert (width, height) == (720, 960), "the photo's own aspect"
        assert "Built-in" in page.inner_text("#facts")
        assert outside == []
        page.context.close()


def _local(url: str, home: str) -> bool:
    return url.startswith((home, "data:", "blob:"))
