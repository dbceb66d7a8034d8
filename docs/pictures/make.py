"""Makes the README's pictures and the example film of the page from our own samples: `python docs/pictures/make.py`.

hero.jpg: a person, and next to it what three garments look like on it. motion.webp: one of them, moving.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from tryon.api import try_on  # noqa: E402
from tryon.pipeline import Pipeline  # noqa: E402
from tryon.types import Pixels  # noqa: E402

HEIGHT = 620  # px
GAP = 14
PAPER = (250, 247, 243)
# (person, garments) of each group in the hero picture; names are files of assets/.
GROUPS = json.loads((Path(__file__).parent / "hero.json").read_text())
MOTION = "she turns slowly to the left, then the camera moves in"


def main() -> None:
    pipeline = Pipeline()
    columns: list[Pixels] = []
    with tempfile.TemporaryDirectory() as scratch:
        for person, garments in GROUPS["hero"]:
            columns.append(_column(_read(ROOT / "assets" / "people" / person)))
            for garment in garments:
                result = try_on(*_pair(person, garment), image=Path(scratch) / "look.png", seed=7, pipeline=pipeline)
                inset = _read(ROOT / "assets" / "garments" / garment)
                columns.append(_with_inset(_column(result.look.photo.pixels), inset))
        person, garment = GROUPS["motion"]
        try_on(
            *_pair(person, garment), MOTION, out=Path(__file__).parent / "motion.webp",
            image=Path(scratch) / "m.png", seed=7, seconds=4.0, fps=24, quality="draft", pipeline=pipeline,
        )  # fmt: skip
        made = json.loads((ROOT / "assets" / "samples.json").read_text())["example"]
        try_on(
            *_pair(made["person"], made["garment"]), "turns slowly to the left", out=ROOT / "assets" / made["file"],
            image=Path(scratch) / "e.png", size=tuple(made["size"]), seed=7, seconds=3.0, fps=24, pipeline=pipeline,
        )  # fmt: skip
    _write(Path(__file__).parent / "hero.jpg", _row(columns))


def _pair(person: str, garment: str) -> tuple[Path, Path]:
    return ROOT / "assets" / "people" / person, ROOT / "assets" / "garments" / garment


def _read(path: Path) -> Pixels:
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def _write(path: Path, pixels: Pixels) -> None:
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88])


def _column(pixels: Pixels) -> Pixels:
    width = round(pixels.shape[1] * HEIGHT / pixels.shape[0])
    return cv2.resize(pixels, (width, HEIGHT), interpolation=cv2.INTER_AREA)


def _with_inset(column: Pixels, garment: Pixels) -> Pixels:
    """The garment's photo small in the lower left corner, on a white card."""
    small = cv2.resize(garment, (84, round(84 * garment.shape[0] / garment.shape[1])), interpolation=cv2.INTER_AREA)
    card = cv2.copyMakeBorder(small, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    out = column.copy()
    height, width = card.shape[:2]
    out[HEIGHT - height - 10 : HEIGHT - 10, 10 : 10 + width] = card
    return out


def _row(columns: list[Pixels]) -> Pixels:
    gap = np.full((HEIGHT, GAP, 3), PAPER, np.uint8)
    parts = [piece for column in columns for piece in (column, gap)][:-1]
    return np.ascontiguousarray(np.hstack(parts))


if __name__ == "__main__":
    main()
