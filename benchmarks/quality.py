"""Looks at the embedded engine: contact sheets (person, garment, mask, warp, result), strips of films, and numbers.

    python -m benchmarks.quality --people FOLDER --garments FOLDER --out FOLDER [--pairs 72] [--transfer warp]
    python -m benchmarks.quality ... --films 8 [--clips FOLDER]

The output folder should lie outside the repository: sheets hold the photographs they were made from. Numbers, one line
a pair in quality.csv: seconds of CPU, largest change outside the alpha, colour distance between the garment and where
it is worn (CIEDE2000 of the mean colours), how well the garment's middle is found again in the result (normalised
correlation and SSIM, 1 is the very same print), and the share of the old garment that was left as it was. One line a
film in films.csv (benchmarks/films.py): CPU seconds a frame, flicker (of a clip also before it was dressed, and of the
garment alone), unrest of the background.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.films import dressed_clips, motion_films, write_films
from benchmarks.measures import ciede2000, print_fidelity
from tryon.catalog import build_catalog
from tryon.errors import TryonError
from tryon.masking import agnostic_mask
from tryon.media.photo import read_photo
from tryon.settings import Settings
from tryon.spec import Runtime, TransferModel
from tryon.types import LABEL, Box, Dressed, Fitting, Garment, Mask, Person, Photo

Array = NDArray[Any]

HEIGHT = 768  # px, working height of every person
CLIP_GARMENTS = 3  # in how many garments a clip is dressed
TILE = 420  # px, height of a picture on a sheet
OLD = {"top": ("upper", "coat"), "bottom": ("pants", "skirt"), "dress": ("upper", "coat", "dress", "pants", "skirt")}


@dataclass(frozen=True, slots=True)
class Row:
    """The numbers of one pair."""

    person: str
    garment: str
    category: str
    seconds: float
    outside: int
    colour: float
    print: float  # correlation
    ssim: float
    left: float
    error: str = ""


def main() -> None:
    """Reads the command line, writes sheets and quality.csv."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    engine = Engine(options.transfer)
    people = {path.stem: engine.person(path) for path in _pictures(options.people)}
    garments = {path.stem: engine.garment(path) for path in _pictures(options.garments)}
    pairs = choose(list(people), list(garments), options.pairs)
    rows, strips = [], []
    for who, what in pairs:
        row, strip = look(engine.transfer, who, people[who], what, garments[what])
        rows.append(row)
        strips.append(strip)
        print(", ".join(str(value) for value in asdict(row).values()), flush=True)
    for first in range(0, len(strips), options.rows):
        sheet = stack(strips[first : first + options.rows])
        cv2.imwrite(str(options.out / f"sheet_{first // options.rows:02d}.jpg"), sheet[..., ::-1], [1, 90])
    with (options.out / "quality.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    print(summary(rows))
    moved = [(f"{who} {what}", people[who].photo, garments[what].photo) for who, what in pairs[: options.films]]
    films = motion_films(moved, (480, 640), options.out)
    if options.clips is not None:
        worn = [(name, garment.photo) for name, garment in garments.items()][:CLIP_GARMENTS]
        films = chain(films, dressed_clips(options.clips, worn, options.out))
    made = []
    for film in films:
        made.append(film)
        print(", ".join(f"{name} {value}" for name, value in asdict(film.row).items() if value != ""), flush=True)
    write_films(made, options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=Path, default=Path("assets/people"))
    parser.add_argument("--garments", type=Path, default=Path("assets/garments"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=72)
    parser.add_argument("--rows", type=int, default=4, help="pairs per sheet")
    parser.add_argument("--transfer", default="warp")
    parser.add_argument("--films", type=int, default=0, help="how many pairs are set in motion")
    parser.add_argument("--clips", type=Path, help="folder of clips to be dressed")
    return parser.parse_args()


def _pictures(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))


class Engine:
    """The parsers and one transfer backend, loaded once."""

    def __init__(self, transfer: str) -> None:
        catalog = build_catalog()
        people, garments = catalog.get("parser", "embedded"), catalog.of("garment")[0]
        dressing = catalog.get("transfer", transfer)
        self._person = people.load(Runtime(spec=people.spec))
        self._garment = garments.load(Runtime(spec=garments.spec))
        self.transfer: TransferModel = dressing.load(Runtime(spec=dressing.spec))

    def person(self, path: Path) -> Person:
        """The analysis of a person's photo at the working height."""
        pixels = read_photo(path.read_bytes(), Settings()).pixels
        size = (round(pixels.shape[1] * HEIGHT / pixels.shape[0]), HEIGHT)
        return self._person(Photo(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)))

    def garment(self, path: Path) -> Garment:
        """The analysis of a garment's photo."""
        return self._garment(read_photo(path.read_bytes(), Settings(), "garment"))


def choose(people: list[str], garments: list[str], count: int) -> list[tuple[str, str]]:
    """Pairs spread evenly over both lists."""
    step = 5 if len(garments) % 5 else 7
    pairs = [
        (who, garments[(i * 3 + k * step) % len(garments)])
        for k in range(len(garments))
        for i, who in enumerate(people)
    ]
    return list(dict.fromkeys(pairs))[:count]


def look(transfer: TransferModel, who: str, person: Person, what: str, garment: Garment) -> tuple[Row, Array]:
    """One pair: its numbers and its strip of pictures."""
    started = time.process_time()
    mask = agnostic_mask(person, (garment,), garment.category)
    fitting = Fitting(
        person=person, garments=(garment,), category=garment.category, mask=mask,
        crop=Box(0, 0, person.photo.width, person.photo.height), prompt="", seed=1, steps=1, guidance=1.0,
    )  # fmt: skip
    try:
        dressed = run(transfer, fitting)
    except TryonError as error:
        row = Row(who, what, garment.category, 0.0, 0, 0.0, 0.0, 0.0, 0.0, error.text)
        return row, strip_of(person, garment, mask, None)
    seconds = round(time.process_time() - started, 2)
    untouched = dressed.alpha == 0
    outside = np.abs(dressed.pixels.astype(int) - person.photo.pixels)[untouched]
    found, ssim = print_found(garment, dressed)
    row = Row(
        who, what, garment.category, seconds, int(outside.max()) if outside.size else 0,
        round(colour_distance(garment, dressed), 1), round(found, 2), round(ssim, 2),
        round(left_over(person, garment, dressed), 3),
    )  # fmt: skip
    return row, strip_of(person, garment, mask, dressed)


def run(transfer: TransferModel, fitting: Fitting) -> Dressed:
    """The backend's result, its events passed over."""
    steps = transfer(fitting)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def worn_area(garment: Garment, dressed: Dressed) -> Array:
    """Boolean (h,w): where the result says that the new garment is."""
    names = {"top": ("upper",), "dress": ("dress",), "bottom": ("pants", "skirt")}[garment.category]
    labels = dressed.labels if dressed.labels is not None else np.zeros(dressed.alpha.shape, np.uint8)
    return np.isin(labels, [LABEL[name] for name in names]) & (dressed.alpha > 200)


def colour_distance(garment: Garment, dressed: Dressed) -> float:
    """CIEDE2000 between the mean colour of the garment and of where it is worn."""
    area = worn_area(garment, dressed)
    if not area.any():
        return 100.0
    means = [garment.photo.pixels[garment.cutout > 250].mean(axis=0), dressed.pixels[area].mean(axis=0)]
    lab = cv2.cvtColor(np.float32([means]) / 255, cv2.COLOR_RGB2LAB)[0]
    return ciede2000(lab[0], lab[1])


def print_found(garment: Garment, dressed: Dressed) -> tuple[float, float]:
    """Correlation and SSIM of the garment's middle with its best place in the result."""
    rows, columns = np.where(garment.cutout > 250)
    if len(rows) == 0 or not (dressed.alpha > 0).any():
        return 0.0, 0.0
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    height, width = bottom - top, right - left
    middle = garment.photo.pixels[
        int(top + 0.25 * height) : int(top + 0.6 * height), int(left + 0.35 * width) : int(left + 0.65 * width)
    ]
    return print_fidelity(middle, dressed.pixels)


def left_over(person: Person, garment: Garment, dressed: Dressed) -> float:
    """Share of the old garment that neither the new one nor anything else took the place of."""
    old = np.isin(person.labels, [LABEL[name] for name in OLD[garment.category]])
    if not old.any():
        return 0.0
    return float(((dressed.alpha < 20) & old).sum() / old.sum())


def strip_of(person: Person, garment: Garment, mask: Mask, dressed: Dressed | None) -> Array:
    """(TILE, w, 3) person, garment, mask, warp and result side by side."""
    pixels = person.photo.pixels
    tinted = np.where(mask[..., None] > 0, pixels // 2 + np.uint8([90, 20, 20]), pixels).astype(np.uint8)
    pictures = [pixels, garment.photo.pixels, tinted]
    if dressed is not None:
        pictures += [*dressed.previews.values(), dressed.pixels]
    tiles = []
    for picture in pictures:
        width = round(picture.shape[1] * TILE / picture.shape[0])
        tiles.append(cv2.resize(picture, (width, TILE), interpolation=cv2.INTER_AREA))
    return np.concatenate(tiles, axis=1)


def stack(strips: list[Array]) -> Array:
    """Strips below each other, padded to one width."""
    width = max(strip.shape[1] for strip in strips)
    return np.concatenate([np.pad(strip, ((0, 6), (0, width - strip.shape[1]), (0, 0))) for strip in strips], axis=0)


def summary(rows: list[Row]) -> str:
    """One line of medians over the pairs that worked."""
    good = [row for row in rows if not row.error]
    if not good:
        return "no pair worked"
    values = {
        name: float(np.median([getattr(row, name) for row in good]))
        for name in ("seconds", "colour", "print", "ssim", "left")
    }
    worst = max(row.outside for row in good)
    return f"{len(good)} of {len(rows)} pairs, medians: {values}; largest change outside alpha: {worst}"


if __name__ == "__main__":
    main()
