"""The person of a clip: parsed in a few frames a second, steadied over time, carried by the flow to all frames.

A parser looks at every frame anew and is never of quite the same opinion. So each look hears its neighbours, whose
joints and labels the optical flow carries over: joints are a robust mean over half a second, labels what two of three
say, and a look or two that agree with neither neighbour are taken for a blunder.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.errors import NoPerson
from tryon.events import Event, Progress
from tryon.parsing.flow import carried, flow_to
from tryon.types import KEYPOINT, LABEL, Clip, Floats, Footage, Person, Photo, Pixels

Array = NDArray[Any]

PARSED = 6.0  # frames a second that the parser sees
SEEN = 0.12  # least score of a joint that is used
REACH = 3  # looks to either side that speak about a joint
ALIKE = 0.5  # overlap of two neighbouring looks, one carried to the other, that are of one person in one place
STRANGE = 25.0  # levels: mean difference to what the flow promised, above which it is something else
LASTING = 3  # looks in a row that agree with each other and are believed


def parse_clip(parse: Callable[[Photo], Person], clip: Clip) -> Generator[Event, None, Footage]:
    """Yields Progress. Raises NoPerson when no frame shows one."""
    at = marks(len(clip.frames), clip.fps)
    people: list[Person | None] = []
    for count, index in enumerate(at, 1):
        try:
            people.append(parse(Photo(clip.frames[index])))
        except NoPerson:
            people.append(None)
        yield Progress("parse", 0.9 * count / len(at))
    if not any(people):
        raise NoPerson(where="person")
    steady = steadied(clip, at, tuple(people))
    yield Progress("parse", 1.0)
    return Footage(clip=clip, at=at, people=steady, key=at[best(steady)])


def marks(frames: int, fps: float) -> tuple[int, ...]:
    """The frames to parse: PARSED a second, evenly, the first and the last among them."""
    count = max(2, 1 + round((frames - 1) / max(1.0, fps / PARSED))) if frames > 1 else 1
    return tuple(int(i) for i in np.unique(np.rint(np.linspace(0, frames - 1, count)).astype(int)))


def best(people: tuple[Person | None, ...]) -> int:
    """Which of the looks shows the person best: sure, frontal, facing us, whole, and rather early than late."""
    scores = [-1.0 if person is None else _shown(person) - 0.05 * i / len(people) for i, person in enumerate(people)]
    return int(np.argmax(scores))


def _shown(person: Person) -> float:
    points = person.keypoints
    left, right = (points[KEYPOINT[f"{side}_shoulder"]] for side in ("left", "right"))
    hips = (points[KEYPOINT["left_hip"], :2] + points[KEYPOINT["right_hip"], :2]) / 2
    trunk = max(float(np.linalg.norm((left[:2] + right[:2]) / 2 - hips)), 1.0)
    # A person who faces us has the right shoulder at the left of the picture.
    frontal = float(np.clip((left[0] - right[0]) / (0.62 * trunk), 0, 1))
    face = float((person.labels == LABEL["face"]).sum()) / max(float((person.labels > 0).sum()), 1.0)
    seen = float((points[:14, 2] > SEEN).mean())
    return person.confidence * (0.2 + 0.8 * frontal) * (0.6 + 0.4 * seen) * min(1.0, 0.7 + 10 * face)


def person_at(footage: Footage, index: int) -> Person | None:
    """The person in any frame: as parsed, or carried there from the nearest look by the flow. None: nobody."""
    if index in footage.at:
        return footage.people[footage.at.index(index)]
    frames = footage.clip.frames
    nearest = int(np.argmin(np.abs(np.array(footage.at) - index)))
    person = footage.people[nearest]
    if person is None:
        return None
    there = carried_to(frames[index], person, flow_to(frames[index], frames[footage.at[nearest]]))
    after = int(np.searchsorted(footage.at, index))
    first, second = footage.people[after - 1], footage.people[after]
    if first is None or second is None:
        return there
    share = (index - footage.at[after - 1]) / (footage.at[after] - footage.at[after - 1])
    points = first.keypoints * (1 - share) + second.keypoints * share
    return replace(there, keypoints=points.astype(np.float32))


def carried_to(frame: Pixels, person: Person, flow: Floats) -> Person:
    """The analysis of another frame, in the frame that `flow` leads from."""
    points = person.keypoints.copy()
    there, reach = points[:, :2].copy(), 0.02 * person.box.height
    for _ in range(2):  # the flow leads from here to there: where does it come out at the joint?
        points[:, :2] = there - _moved(flow, points[:, :2], reach)
    return replace(
        person,
        photo=Photo(frame),
        labels=carried(person.labels, flow, nearest=True),
        parts=carried(person.parts, flow, nearest=True),
        depth=carried(person.depth, flow),
        outline=carried(person.outline, flow),
        keypoints=points,
    )


# ------------------------------------------------------------------------------------------------- steadying


def steadied(clip: Clip, at: tuple[int, ...], people: tuple[Person | None, ...]) -> tuple[Person | None, ...]:
    """The same looks without blunders, with joints that do not tremble and labels that do not flicker."""
    frames = [clip.frames[i] for i in at]
    onwards = [flow_to(a, b) for a, b in pairwise(frames)]
    back = [flow_to(b, a) for a, b in pairwise(frames)]
    looks = _believed(frames, people, onwards, back)
    points = smoothed([None if look is None else look.keypoints for look in looks], onwards, back)
    result: list[Person | None] = []
    for i, look in enumerate(looks):
        if look is None:
            result.append(None)
            continue
        own = replace(look, keypoints=points[i])
        before, after = (looks[j] if 0 <= j < len(looks) else None for j in (i - 1, i + 1))
        if before is not None and after is not None:
            own = _outvoted(own, (before, back[i - 1]), (after, onwards[i]))
        result.append(own)
    return tuple(result)


def _believed(
    frames: list[Array], people: tuple[Person | None, ...], onwards: list[Floats], back: list[Floats]
) -> list[Person | None]:
    """The looks; where a few agree with nobody, or saw nobody, what the nearest good one becomes by the flow."""
    runs: list[list[int]] = [[0]]
    for i, (one, other) in enumerate(pairwise(people)):
        if one is not None and other is not None and _overlap(one, other, onwards[i]) > ALIKE:
            runs[-1].append(i + 1)
        else:
            runs.append([i + 1])
    runs = [run for run in runs if people[run[0]] is not None]
    longest = max(len(run) for run in runs)
    good = {i for run in runs if len(run) >= min(LASTING, longest) for i in run}
    looks = [person if i in good else None for i, person in enumerate(people)]
    # A second is as far as an analysis is carried: behind what hides somebody they may do anything.
    for _ in range(round(PARSED)):
        known = list(looks)
        for i, look in enumerate(known):
            if look is not None:
                continue
            for j, flow in ((i - 1, back[i - 1] if i else None), (i + 1, onwards[i] if i < len(onwards) else None)):
                person = known[j] if 0 <= j < len(known) else None
                if person is not None and flow is not None and _still_there(frames[i], person, flow):
                    looks[i] = carried_to(frames[i], person, flow)
                    break
    return looks


def _still_there(frame: Array, person: Person, flow: Floats) -> bool:
    """Whether a frame shows what the flow says it shows of a person: not after a cut, nor behind something."""
    area = carried(person.labels, flow, nearest=True) > 0
    off = np.abs(carried(person.photo.pixels, flow).astype(np.int16) - frame)
    return bool(area.any()) and float(off[area].mean()) < STRANGE


def _overlap(here: Person, there: Person, flow: Floats) -> float:
    """Intersection over union of two looks at one person."""
    a, b = here.labels > 0, carried(there.labels, flow, nearest=True) > 0
    return float((a & b).sum() / max((a | b).sum(), 1))


def _outvoted(own: Person, *neighbours: tuple[Person, Floats]) -> Person:
    """The look with the labels, parts and outline that two of the three say; its own where all differ."""
    maps: dict[str, Array] = {}
    for name in ("labels", "parts"):
        before, after = (carried(getattr(person, name), flow, nearest=True) for person, flow in neighbours)
        maps[name] = np.where(before == after, before, getattr(own, name))
    a, b = (carried(person.outline, flow) for person, flow in neighbours)
    outline = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), own.outline))
    return replace(own, labels=maps["labels"], parts=maps["parts"], outline=outline)


def smoothed(looks: list[Floats | None], onwards: list[Floats], back: list[Floats]) -> list[Floats]:
    """(joints, 3) of every look: what it and its neighbours say of a joint, carried to it, without those far off.

    `onwards` and `back` are the flows between neighbouring looks in both directions; None gives zeros.
    """
    blank = np.zeros_like(next(look for look in looks if look is not None))
    result = []
    for i, look in enumerate(looks):
        if look is None:
            result.append(blank)
            continue
        said, scores = [look], [look[:, 2]]
        for step, flows in ((1, back), (-1, onwards)):
            for j in range(i + step, i + step * (REACH + 1), step):
                other = looks[j] if 0 <= j < len(looks) else None
                if other is None:
                    break
                points = other.copy()
                for k in range(j, i, -step):  # back to this look, from one to the next
                    points[:, :2] += _moved(flows[min(k, k - step)], points[:, :2], 3.0)
                scores.append(other[:, 2])
                points[:, 2] *= np.exp(-(((j - i) / 1.5) ** 2))
                said.append(points)
        result.append(_robust(np.stack(said), look, np.median(scores, axis=0)))
    return result


def _robust(said: Array, own: Floats, scores: Array) -> Floats:
    """(n, joints, 3) opinions -> (joints, 3): their mean by score squared, of those near their median.

    `scores` (joints,) are what most looks give a joint: one look alone neither finds nor loses one.
    """
    weight = said[..., 2] ** 2 + 1e-6
    height = max(1.0, float(np.ptp(own[own[:, 2] > SEEN, 1])) if (own[:, 2] > SEEN).any() else 1.0)
    middle = np.median(said[:, :, :2], axis=0)
    off = np.linalg.norm(said[:, :, :2] - middle, axis=2)
    weight = weight * np.exp(-((off / (0.05 * height)) ** 2))
    place = (said[:, :, :2] * weight[..., None]).sum(axis=0) / weight.sum(axis=0)[:, None]
    result: Floats = np.concatenate([place, scores[:, None]], axis=1).astype(np.float32)
    return result


def _moved(flow: Floats, places: Array, reach: float) -> Array:
    """(joints, 2) median flow around each place."""
    height, width = flow.shape[:2]
    result = np.zeros((len(places), 2))
    radius = max(2, round(reach))
    for i, (px, py) in enumerate(places):
        x, y = int(np.clip(px, 0, width - 1)), int(np.clip(py, 0, height - 1))
        patch = flow[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
        result[i] = np.median(patch.reshape(-1, 2), axis=0)
    return result
