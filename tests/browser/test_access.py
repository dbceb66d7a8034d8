"""For everybody: keys only, contrast, languages, names, calm."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import PHONE, Open, Tab, wide
from tests.browser.live import Live, Pictures

pytestmark = pytest.mark.browser


def test_keyboard_only(tab: Open, live: Live, pictures: Pictures) -> None:
    opened = tab(live)
    page = opened.page
    opened.add(pictures)
    page.focus("#prompt textarea, #prompt input")
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid", "seen to be there"
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
    opened = tab(live, color_scheme=scheme, reduced_motion="reduce")  # no colour on its way to another
    opened.page.click("#more > button")
    opened.page.click("#run")
    opened.page.wait_for_selector("#consent_say [role=alert]")
    count, poor = opened.page.evaluate(CONTRAST)
    assert count > 40 and poor == []
    opened.page.click("#transfer .pick")
    assert opened.page.evaluate(CONTRAST)[1] == []
    opened.page.keyboard.press("Escape")
    opened.page.wait_for_selector("#transfer dialog", state="hidden")
    opened.add(pictures)
    opened.run()
    opened.page.mouse.move(2, 2)
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
