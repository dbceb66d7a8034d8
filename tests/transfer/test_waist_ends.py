"""The ends of a waistband that a short top leaves free, on a drawn figure whose right answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import SHIRT, SKIN, TROUSERS, draw_person
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import Body, read_body
from tryon.transfer.warping.reading import Regions, read_regions
from tryon.transfer.warping.waist import Waistline
from tryon.transfer.warping.waist_ends import bare_end, ends_under, top_waist, waist_to_ends, without_horns
from tryon.types import LABEL, Person, Photo

WAIST = 212  # px from above
HORN = (slice(200, WAIST), slice(206, 216))


def worn(horn: tuple[int, int, int] | None = None) -> tuple[Person, Body, Regions, Waistline]:
    """The figure in trousers up to WAIST, whose label goes on as a horn at the right, in this colour."""
    person = draw_person()
    pixels, labels = person.photo.pixels.copy(), person.labels.copy()
    rows, columns = np.mgrid[: labels.shape[0], : labels.shape[1]]
    trunk = np.isin(labels, (LABEL["upper"], LABEL["pants"])) & (rows > 190) & (columns > 140) & (columns < 242)
    for part, name, colour in (
        (trunk & (rows < WAIST), "upper", SHIRT),
        (trunk & (rows >= WAIST), "pants", TROUSERS),
    ):
        pixels[part], labels[part] = colour, LABEL[name]
    if horn is not None:
        pixels[HORN], labels[HORN] = horn, LABEL["pants"]
    person = replace(person, photo=Photo(pixels), labels=labels)
    body = read_body(person)
    regions = read_regions(person, body)
    line = top_waist(regions, body)
    assert line is not None
    return person, body, regions, line


@pytest.mark.parametrize(("colour", "share"), [(SKIN, 0.0), (TROUSERS, 1.0)])
def test_a_horn_of_the_trousers_label_is_theirs_only_if_it_has_their_colours(
    colour: tuple[int, int, int], share: float
) -> None:
    person, body, regions, line = worn(colour)
    result = without_horns(regions, person.photo.pixels, body, line)
    assert abs(float(result.lower[HORN].mean()) - share) < 0.1
    assert (result.upper[HORN] != result.lower[HORN]).all()


def halves(flesh: Array, body: Body, line: Waistline) -> tuple[float, float]:
    """How far, px, skin goes to the left and right of the middle 4 px above the waistband's ends."""
    row = int(body.place(line.middle, line.along)[1]) - 4
    columns = np.flatnonzero(flesh[row] > 0.5)
    middle = float(body.place(line.middle, line.along)[0])
    return middle - columns[0], columns[-1] - middle


@pytest.mark.parametrize("wide", [-12, 12])
def test_a_bare_waist_is_as_wide_as_the_waistband_below_it(wide: int) -> None:
    _, body, regions, line = worn()
    ends = ends_under(line, body, regions)
    middle = body.place(line.middle, line.along)[0]
    flesh = np.zeros(regions.lower.shape, np.float32)
    flesh[180:WAIST, int(middle - ends["left"] - wide) : int(middle + ends["right"] + wide)] = 1
    result = waist_to_ends(flesh, np.zeros_like(flesh), body, regions, line, 176.0 - body.origin[1])
    left, right = halves(result, body, line)
    assert abs(left - ends["left"]) < 3
    assert abs(right - ends["right"]) < 3


def test_a_waist_that_is_seen_bare_ends_where_it_is_narrowest_and_wall_lies_beside_it() -> None:
    _, body, regions, line = worn()
    rows, columns = np.mgrid[: regions.skin.shape[0], : regions.skin.shape[1]]
    level = int(body.place(line.middle, line.along)[1])
    waist = (rows > level - 20) & (rows < level) & (columns < 225 + np.maximum(level - 12 - rows, 0))
    waist &= columns > 150
    wall = (rows > level - 24) & (rows < level) & (columns > 200) & ~waist
    regions = replace(regions, skin=waist, arms=np.zeros_like(waist), person=regions.person & ~wall)
    found = bare_end(regions, np.zeros(waist.shape, np.float32), body, line, 1)
    assert found is not None
    assert found[0] == pytest.approx(224 - float(body.place(line.middle, line.along)[0]), abs=2.5)
    none = replace(regions, person=np.ones_like(waist))
    assert bare_end(none, np.zeros(waist.shape, np.float32), body, line, 1) is None


def test_no_specks_are_left_at_the_end_of_a_waistband_beside_an_arm() -> None:
    _, body, regions, line = worn()
    flesh = np.zeros(regions.lower.shape, np.float32)
    flesh[180:WAIST, 130:250] = 1
    holes, pale = (slice(190, 192), slice(150, 151)), (slice(206, 207), slice(160, 162))
    flesh[holes] = flesh[pale] = 0
    lower = regions.lower.copy()
    lower[pale] = True  # a speck of the label
    worn_there = replace(regions, lower=lower, person=np.ones_like(lower), arms=np.zeros_like(lower))
    arms = np.zeros_like(flesh)
    arms[:, :165] = 1
    result = waist_to_ends(flesh, arms, body, worn_there, line, 176.0 - body.origin[1])
    assert result[holes].min() > 0.95 and result[pale].min() > 0.95
