"""A clip dressed: looks of a few frames a second laid out like photos, and everything between them carried by the flow.

What is carried and mixed are not pictures but what pictures are painted from: for every piece of the garment, where in
the garment each pixel comes from. So prints are looked up once, as sharp as in a photo, they move evenly from one look
to the next, and two looks never show through each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tryon.errors import PersonIncomplete
from tryon.masking import agnostic_mask
from tryon.parsing.flow import carried, sure_flow
from tryon.transfer.warping.arrays import Array, blur, grow, largest, mix, ramp
from tryon.transfer.warping.body import SIDES, Body, Side, check_complete, read_body
from tryon.transfer.warping.cloth import Cloth
from tryon.transfer.warping.compose import Sheet, finish, lay_out, limb_labels, limit_of, new_labels, paint, sleeves_of
from tryon.transfer.warping.field import OUTSIDE, Field, sample
from tryon.transfer.warping.layers import cloth_for
from tryon.transfer.warping.leaves import laid_on
from tryon.transfer.warping.limbs import Limb
from tryon.transfer.warping.outlines import worn_legs
from tryon.transfer.warping.scene_light import in_light_of
from tryon.transfer.warping.wishes import Wishes
from tryon.types import KEYPOINT, ClipFitting, Dressed, Floats, Mask, Person, Pixels

LEGS = ("leg_left", "leg_right")
CHAIN = 6  # looks that a page is carried over, from one to the next
SIDEWAYS = 0.55  # of the clip's usual distance between the shoulders: narrower ones are seen from the side
SAME = (24.0, 48.0)  # levels: colours that lie nearer are of the same thing, further ones are not
SLIVER = 0.006  # of the height: narrower strips are two outlines that lie a little apart
SETTLED = 0.5  # share of what was painted under the garment that a look takes over from the one before


@dataclass(frozen=True, kw_only=True)
class Page:
    """A look in planes that the flow can carry, all (h,w,...) float32."""

    fields: Mapping[str, Array]  # per piece (h,w,3): x and y in the garment, and 1 where they hold
    planes: Mapping[str, Array]  # per piece (h,w,3): keep, light, cast of its leaf
    under: Array  # (h,w,4) RGB painted below the garment, and its alpha 0..1
    bounds: Array  # (h,w,2) 0..1: what is before everything, and where nothing may change


def page_of(sheet: Sheet, pixels: Pixels, limit: Array) -> Page:
    """The planes of a laid-out look; `limit` (h,w) 0..1."""
    below = largest(np.abs(sheet.base.pixels - pixels)) > 0.7
    alpha = blur(grow(below, 1.0).astype(np.float32), 1.0)
    return Page(
        fields={leaf.layer.name: _with_validity(leaf.layer.piece.field) for leaf in sheet.leaves},
        planes={leaf.layer.name: np.dstack([leaf.keep, leaf.light, leaf.cast]) for leaf in sheet.leaves},
        under=np.dstack([sheet.base.pixels, alpha]).astype(np.float32),
        bounds=np.dstack([sheet.front, 1 - limit]).astype(np.float32),
    )


def _with_validity(field: Field) -> Array:
    known = (field.x > OUTSIDE / 2).astype(np.float32)
    return np.dstack([field.x * known, field.y * known, known])


def turned(page: Page, flow: Floats) -> Page:
    """The page as it lies in the frame that `flow` leads from."""
    return Page(
        fields={name: carried(plane, flow) for name, plane in page.fields.items()},
        planes={name: carried(plane, flow) for name, plane in page.planes.items()},
        under=carried(page.under, flow),
        bounds=carried(page.bounds, flow),
    )


def mixed(first: Page, second: Page, share: float) -> Page:
    """`share` 0..1 of the way from one page to another, both in the same frame; fields as far as they hold."""
    return Page(
        fields={name: (1 - share) * first.fields[name] + share * second.fields[name] for name in first.fields},
        planes={name: (1 - share) * first.planes[name] + share * second.planes[name] for name in first.planes},
        under=_mixed_under(first.under, second.under, share),
        bounds=(1 - share) * first.bounds + share * second.bounds,
    )


def _mixed_under(first: Array, second: Array, share: float) -> Array:
    """RGB weighed by its alpha: where only one of the two painted anything, its colour holds. Where they painted
    different things, an arm and the wall, the nearer of the two holds whole: an arm does not fade in like a ghost."""
    nearer = second if share >= 0.5 else first
    a, b = (1 - share) * first[..., 3:], share * second[..., 3:]
    colour = (first[..., :3] * a + second[..., :3] * b) / np.maximum(a + b, 1e-4)
    plain = (1 - share) * first[..., :3] + share * second[..., :3]
    faded = np.concatenate([np.where(a + b > 1e-3, colour, plain), a + b], axis=2).astype(np.float32)
    return mix(faded, nearer, _unlike(first, second))


def _unlike(first: Array, second: Array) -> Array:
    """(h,w) 0..1: where two layers (h,w,4) show different things, by colour or since only one shows anything. Not the
    slivers along outlines that lie a little apart: those would flicker."""
    apart = largest(np.abs(first[..., :3] - second[..., :3])) * np.minimum(first[..., 3], second[..., 3])
    alone = 255 * np.abs(first[..., 3] - second[..., 3])
    different = (np.maximum(apart, alone) > SAME[1]).astype(np.uint8)
    size = max(3, round(SLIVER * first.shape[0]))
    broad = cv2.morphologyEx(different, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    return np.minimum(1, 2 * blur(broad.astype(np.float32), 1.0))


def taken_over(under: Array, before: Array) -> Array:
    """What a look painted below the garment (h,w,4) with half of what the look before did, where both painted the same:
    not an arm here and the wall there."""
    apart = largest(np.abs(before[..., :3] - under[..., :3]))
    both = SETTLED * np.minimum(before[..., 3], under[..., 3]) * ramp(apart, SAME[1], SAME[0])
    result: Array = under.copy()
    result[..., :3] = mix(under[..., :3], before[..., :3], both)
    return result


def painted(page: Page, cloth: Cloth, parts: Mapping[str, Array], pixels: Pixels, unit: float) -> tuple[Array, Array]:
    """The dressed frame (h,w,3) float32 0..255, and (h,w) 0..1 where the garment is seen; `parts` (gh,gw) 0..1: which
    part of the cloth each piece is; `unit`: shoulder distance, px."""
    before = pixels.astype(np.float32)
    picture = mix(before, page.under[..., :3], page.under[..., 3])
    worn = np.zeros(before.shape[:2], np.float32)
    pieces = {name: looked_up(plane, cloth, parts[name]) for name, plane in page.fields.items()}
    if pieces.keys() >= set(LEGS):
        pieces |= zip(LEGS, worn_legs([pieces[name] for name in LEGS], unit), strict=True)
    for name, (rgb, cover) in pieces.items():
        keep, light, cast = cv2.split(page.planes[name])
        alpha = cover * keep
        picture = laid_on(picture, rgb, alpha, light, cast)
        worn = np.maximum(worn, alpha)
    held = np.maximum(page.bounds[..., 0], page.bounds[..., 1])
    return mix(picture, before, held), worn * (1 - held)


def looked_up(field: Array, cloth: Cloth, part: Array) -> tuple[Array, Array]:
    """Colours (h,w,3) 0..255 and coverage (h,w) 0..1 of a piece of the cloth, `part` (gh,gw) 0..1, by a page's field
    (h,w,3)."""
    known = field[..., 2]
    scale = 1 / np.maximum(known, 1e-3)
    holds = known > 0.5
    found = Field(
        x=np.where(holds, field[..., 0] * scale, OUTSIDE).astype(np.float32),
        y=np.where(holds, field[..., 1] * scale, OUTSIDE).astype(np.float32),
    )
    rgb = np.clip(sample(cloth.rgb, found, sharp=True), 0, 255)
    return rgb, np.clip(sample(cloth.alpha * part, found, sharp=False), 0, 1)


# ------------------------------------------------------------------------------------------------- the looks


def steadied(bodies: Sequence[Body | None]) -> list[Body | None]:
    """The bodies with sizes that change slowly: measured on labels they tremble, and the garment with them."""
    units = _smooth([None if b is None else np.array([b.unit, b.trunk]) for b in bodies], 2.0)
    edges = _smooth([None if b is None else b.edges / b.unit for b in bodies], 1.0)
    lines = {
        side: _smooth([None if b is None else b.coordinates(b.shoulders[side]) / b.unit for b in bodies], 1.0)
        for side in SIDES
    }
    halves = {
        (name, side): _smooth([None if b is None else getattr(b, name)[side].half / b.unit for b in bodies], 1.5)
        for name in ("arms", "legs")
        for side in SIDES
    }
    result: list[Body | None] = []
    for i, body in enumerate(bodies):
        if body is None:
            result.append(None)
            continue
        unit, trunk = units[i]
        spread = edges[i] * unit

        def limbs(name: str, body: Body = body, i: int = i, unit: float = unit) -> Mapping[Side, Limb]:
            return {side: replace(getattr(body, name)[side], half=halves[name, side][i] * unit) for side in SIDES}

        body = replace(
            body, unit=float(unit), trunk=float(trunk), rows=body.rows / body.trunk * trunk, edges=spread,
            middle=(spread[:, 1] + spread[:, 0]) / 2, arms=limbs("arms"), legs=limbs("legs"),
        )  # fmt: skip
        result.append(replace(body, shoulders={s: body.place(*(lines[s][i] * unit).T) for s in SIDES}))
    return result


def _smooth(values: Sequence[Array | None], sigma: float) -> list[Array]:
    """Gaussian mean over neighbouring looks; None is left out, and stays nothing."""
    result = []
    for i in range(len(values)):
        weights = [0.0 if v is None else float(np.exp(-0.5 * ((j - i) / sigma) ** 2)) for j, v in enumerate(values)]
        total = sum(weights)
        known = [(w / total, v) for w, v in zip(weights, values, strict=True) if v is not None]
        result.append(np.sum([w * v for w, v in known], axis=0) if known else np.zeros(1))
    return result


class Film:
    """The looks of one clip, laid out one after the other as they are needed; at most two are held."""

    def __init__(self, task: ClipFitting, wishes: Wishes) -> None:
        """Raises PersonIncomplete when no look shows the body that the garment needs."""
        self.frames = task.footage.clip.frames
        self.at, self.people = task.footage.at, task.footage.people
        self.garment, self.category, self.wishes = task.still.garments[0], task.still.category, wishes
        self.seed = task.still.seed
        self.bodies = self._bodies()
        largest_body = max((b for b in self.bodies if b is not None), key=lambda b: b.unit)
        self.unit = largest_body.unit
        lit = in_light_of(self.garment, self.frames[task.footage.key])  # one light for the whole film
        self.cloth = cloth_for(lit, self.category, largest_body)
        self.parts: dict[str, Array] = {}
        self.labels: dict[int, Array] = {}
        self._pages: dict[int, Page | None] = {}

    @property
    def turned_away(self) -> bool:
        """Whether the person is seen somewhere where the front of the garment can only be carried along."""
        return any(
            p is not None and (b is None or _from_behind(p)) for p, b in zip(self.people, self.bodies, strict=True)
        )

    @property
    def gaps(self) -> float:
        """Share of the looks in which nobody is seen well enough."""
        first = next(i for i, body in enumerate(self.bodies) if body is not None)
        lost = [p is None or i < first - CHAIN for i, p in enumerate(self.people)]
        return float(np.mean(lost))

    def __iter__(self) -> Iterator[Dressed]:
        for i, frame in enumerate(self.frames):
            after = int(np.searchsorted(self.at, i))
            page = self.page(after) if self.at[after] == i else self._between(i, frame, after - 1, after)
            self._forget(after - 1)
            yield self._dressed(i, frame, page)

    def _between(self, index: int, frame: Pixels, before: int, after: int) -> Page | None:
        first, second = self.page(before), self.page(after)
        share = (index - self.at[before]) / (self.at[after] - self.at[before])
        turns = [
            None if page is None else turned(page, sure_flow(frame, self.frames[self.at[k]]))
            for page, k in ((first, before), (second, after))
        ]
        if turns[0] is None or turns[1] is None:
            return turns[round(share)]
        return mixed(turns[0], turns[1], share)

    def _dressed(self, index: int, frame: Pixels, page: Page | None) -> Dressed:
        if page is None:
            return Dressed(pixels=frame, alpha=np.zeros(frame.shape[:2], np.uint8))
        picture, _ = painted(page, self.cloth, self.parts, frame, self.unit)
        pixels, alpha = changed(frame, picture, page.bounds[..., 1])
        labels = self.labels.get(self.at.index(index)) if index in self.at else None
        return Dressed(pixels=pixels, alpha=alpha, labels=labels)

    # -------------------------------------------------------------------------------------------- looks

    def page(self, k: int) -> Page | None:
        """The look number `k`; None: nobody is seen well enough there."""
        if k not in self._pages:
            self._pages[k] = self._made(k)
        return self._pages[k]

    def _made(self, k: int) -> Page | None:
        person, body = self.people[k], self.bodies[k]
        if person is None:
            return None
        if body is not None:
            return self._settled(k, self._laid_out(k, person, body))
        if k > 0 and self._pages.get(k - 1) is not None:
            return self._carried(k, k - 1)
        # Before the first look that can be laid out, a second back at most.
        good = next((j for j in range(k + 1, len(self.bodies)) if self.bodies[j] is not None), None)
        if good is None or good - k > CHAIN or any(self.people[j] is None for j in range(k, good)):
            return None
        page = self.page(k + 1)
        return None if page is None else self._carried(k, k + 1)

    def _laid_out(self, k: int, person: Person, body: Body) -> Page:
        sheet = lay_out(person, body, self.garment, self.category, self.wishes, self.seed, self.cloth)
        self.parts |= {leaf.layer.name: leaf.layer.piece.part for leaf in sheet.leaves}
        limit = limit_of(agnostic_mask(person, (self.garment,), self.category))
        pixels = person.photo.pixels
        picture, worn = paint(pixels, sheet)
        limbs, sleeves = limb_labels(person, sheet.figure), sleeves_of(sheet)
        result = finish(pixels, picture, worn, sheet.base, limit, limbs, sleeves)
        self.labels[k] = new_labels(person, self.garment, self.category, result)
        return page_of(sheet, pixels, limit)

    def _carried(self, k: int, other: int) -> Page:
        page = self._pages[other]
        assert page is not None
        return turned(page, sure_flow(self.frames[self.at[k]], self.frames[self.at[other]]))

    def _settled(self, k: int, page: Page) -> Page:
        """What was painted under the garment changes slowly."""
        if k == 0 or self._pages.get(k - 1) is None:
            return page
        return replace(page, under=taken_over(page.under, self._carried(k, k - 1).under))

    def _forget(self, oldest: int) -> None:
        for k in [k for k in self._pages if k < oldest]:
            del self._pages[k]
            self.labels.pop(k, None)

    def _bodies(self) -> list[Body | None]:
        bodies: list[Body | None] = []
        incomplete: PersonIncomplete | None = None
        for person in self.people:
            try:
                if person is not None:
                    check_complete(person, self.category)
                bodies.append(None if person is None else read_body(person))
            except PersonIncomplete as error:
                incomplete = error
                bodies.append(None)
        if not any(body is not None for body in bodies):
            raise incomplete or PersonIncomplete(needed="the body", where="person")
        return steadied(facing(bodies, self.people))


def facing(bodies: Sequence[Body | None], people: Sequence[Person | None]) -> list[Body | None]:
    """The bodies without those that are seen from the side, where a trunk cannot be measured: there a page of a look
    beside them is carried along."""
    widths = [0.0 if p is None or b is None else _across(p) for b, p in zip(bodies, people, strict=True)]
    usual = float(np.percentile([width for width in widths if width > 0], 75))
    return [body if width > SIDEWAYS * usual else None for body, width in zip(bodies, widths, strict=True)]


def _across(person: Person) -> float:
    """px between the shoulders."""
    left, right = (person.keypoints[KEYPOINT[f"{side}_shoulder"], :2] for side in ("left", "right"))
    return max(1.0, float(np.linalg.norm(left - right)))


def _from_behind(person: Person) -> bool:
    left, right = (person.keypoints[KEYPOINT[f"{side}_shoulder"]] for side in ("left", "right"))
    return bool(left[0] < right[0])


def changed(frame: Pixels, picture: Array, kept: Array) -> tuple[Pixels, Mask]:
    """The finished pixels and their alpha; exactly the frame's own where alpha is 0. `kept` (h,w) 0..1: untouched."""
    before = frame.astype(np.float32)
    touched = grow(largest(np.abs(picture - before)) > 1.0, 1)
    alpha = blur(touched.astype(np.float32), 0.8) * touched * (kept < 1)
    plane = np.rint(alpha * 255).astype(np.uint8)
    pixels = np.rint(np.clip(picture, 0, 255)).astype(np.uint8)
    pixels[plane == 0] = frame[plane == 0]
    return pixels, plane
