"""Files of the page: styles, script, icons, and the sample pictures with their names."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tryon.types import CATEGORIES, Category
from tryon.ui.html import Markup

Which = Literal["people", "garments"]
ROOT = Path(__file__).resolve().parents[2] / "assets"
PAIR: tuple[tuple[Which, str], ...] = (("people", "person"), ("garments", "garment"))  # of the example
THUMB = (132, 176)  # px, width and height of a sample's thumbnail


@dataclass(frozen=True, slots=True)
class Sample:
    """One of our own pictures that a visitor may borrow."""

    path: Path
    title: str
    alt: str
    category: Category | None = None


@cache
def icon(name: str) -> Markup:
    """An icon of assets/icons as inline SVG, hidden from screen readers."""
    svg = (ROOT / "icons" / f"{name}.svg").read_text("utf-8").strip()
    return Markup(svg.replace("<svg ", '<svg class="icon" aria-hidden="true" ', 1))


def samples(which: Which, root: Path = ROOT) -> tuple[Sample, ...]:
    """The samples of assets/samples.json whose file is there, in its order."""
    listing = root / "samples.json"
    if not listing.is_file():
        return ()
    found = []
    for item in json.loads(listing.read_text("utf-8")).get(which, []):
        path = next((p for p in (root / item["file"], root / which / item["file"]) if p.is_file()), None)
        if path is None:
            continue
        kind = item.get("category")
        found.append(Sample(path, item["title"], item["alt"], kind if kind in CATEGORIES else None))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Example:
    """A film that was made here from two of our samples."""

    address: str
    size: tuple[int, int]  # px
    person: int  # place among the samples
    garment: int


@cache
def example(root: Path = ROOT) -> Example | None:
    """The film of assets/samples.json; None where it is not there."""
    listing = root / "samples.json"
    told = json.loads(listing.read_text("utf-8")).get("example") if listing.is_file() else None
    if told is None or not (root / told["file"]).is_file():
        return None
    places = [
        next((i for i, s in enumerate(samples(which, root)) if s.path.name == told[one]), None) for which, one in PAIR
    ]
    if places[0] is None or places[1] is None:
        return None
    return Example(f"example/{told['file']}", (told["size"][0], told["size"][1]), places[0], places[1])


@cache
def thumbnail(path: Path) -> bytes:
    """A small JPEG of one of our own sample files, the upper middle of it in THUMB's shape."""
    from PIL import Image, ImageOps

    with Image.open(path) as picture:
        picture.draft("RGB", (THUMB[0] * 2, THUMB[1] * 2))
        small = ImageOps.fit(picture.convert("RGB"), THUMB, Image.Resampling.LANCZOS, centering=(0.5, 0.2))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=82)
    return out.getvalue()
