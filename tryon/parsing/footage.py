"""The person of a clip: parsed in a few frames a second, steadied over time, carried by the flow to all frames.

A parser looks at every frame anew and is never of quite the same opinion. Joints are smoothed over the whole clip by
a Kalman filter and its backward pass (Rauch, Tung, Striebel, 1965) whose motion is the optical flow's, so that fast
arms are followed and standing ones stand; labels are what two of three neighbouring looks say.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.errors import NoPerson
from tryon.parsing.flow import carried, flow_to
from tryon.types import KEYPOINT, LABEL, Clip, Event, Floats, Footage, Person, Photo, Progress

Array = NDArray[Any]

PARSED = 6.0  # frames a second that the parser sees
SEEN = 0.12  # least score of a joint that is used
LOOK, DRIFT = 0.012, 0.004  # of the person's height: how far a parser's joints and the flow's lie off, one sigma
ASTRAY = 0.2  # share of a joint's step that the flow may be wrong by, one sigma


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
    flow = flow_to(frames[index], frames[footage.at[nearest]])
    before, after = _around(footage, index)
    return replace(
        person,
        photo=Photo(frames[index]),
        labels=carried(person.labels, flow, nearest=True),
        parts=carried(person.parts, flow, nearest=True),
        depth=carried(person.depth, flow),
        outline=carried(person.outline, flow),
        keypoints=_between(footage, index, before, after, person.keypoints),
        box=person.box,
    )


def _around(footage: Footage, index: int) -> tuple[int, int]:
    """Numbers of the looks before and after a frame."""
    after = int(np.searchsorted(footage.at, index))
    return max(0, after - 1), min(after, len(footage.at) - 1)


def _between(footage: Footage, index: int, before: int, after: int, known: Floats) -> Floats:
    first, second = footage.people[before], footage.people[after]
    if first is None or second is None or before == after:
        return known
    share = (index - footage.at[before]) / (footage.at[after] - footage.at[before])
    result: Floats = (first.keypoints * (1 - share) + second.keypoints * share).astype(np.float32)
    return result


# ------------------------------------------------------------------------------------------------- steadying


def steadied(clip: Clip, at: tuple[int, ...], people: tuple[Person | None, ...]) -> tuple[Person | None, ...]:
    """The same people with joints that do not tremble and labels that do not flicker, run by run of those seen."""
    result = list(people)
    start = 0
    while start < len(people):
        stop = start
        while stop < len(people) and people[stop] is not None:
            stop += 1
        seen = [person for person in people[start:stop] if person is not None]
        if len(seen) > 1:
            result[start:stop] = _steady_run([clip.frames[i] for i in at[start:stop]], seen)
        start = stop + 1
    return tuple(result)


def _steady_run(frames: list[Array], people: list[Person]) -> list[Person]:
    onwards = [flow_to(a, b) for a, b in pairwise(frames)]
    back = [flow_to(b, a) for a, b in pairwise(frames)]
    points = smoothed(np.stack([p.keypoints for p in people]), onwards, [float(p.box.height) for p in people])
    result = []
    for i, person in enumerate(people):
        person = replace(person, keypoints=points[i])
        if 0 < i < len(people) - 1:
            person = _outvoted(person, (people[i - 1], back[i - 1]), (people[i + 1], onwards[i]))
        result.append(person)
    return result


def _outvoted(own: Person, *neighbours: tuple[Person, Floats]) -> Person:
    """The look with the labels, parts and outline that two of the three say; its own where all differ."""
    maps: dict[str, Array] = {}
    for name in ("labels", "parts"):
        before, after = (carried(getattr(person, name), flow, nearest=True) for person, flow in neighbours)
        maps[name] = np.where(before == after, before, getattr(own, name))
    a, b = (carried(person.outline, flow) for person, flow in neighbours)
    outline = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), own.outline))
    return replace(own, labels=maps["labels"], parts=maps["parts"], outline=outline)


def smoothed(points: Floats, flows: list[Floats], heights: list[float]) -> Floats:
    """(n, joints, 3) joints of n looks, smoothed; `flows` (n-1) lead from each look to the next, `heights` in px."""
    count, joints, _ = points.shape
    state, spread = np.zeros((count, joints, 2)), np.zeros((count, joints))
    step, unsure = np.zeros((count, joints, 2)), np.ones((count, joints))
    state[0] = points[0, :, :2]
    spread[0] = _doubt(points[0], heights[0])
    for i in range(1, count):
        step[i] = _moved(flows[i - 1], state[i - 1], 0.02 * heights[i])
        unsure[i] = (DRIFT * heights[i]) ** 2 + (ASTRAY * np.linalg.norm(step[i], axis=1)) ** 2
        expected, prior = state[i - 1] + step[i], spread[i - 1] + unsure[i]
        surprise = points[i, :, :2] - expected
        doubt = _doubt(points[i], heights[i])
        # A joint that jumps against the flow is doubted the more the further it jumps.
        doubt = doubt * (1 + (surprise**2).sum(axis=1) / (9 * (doubt + prior)))
        gain = prior / (prior + doubt)
        state[i] = expected + gain[:, None] * surprise
        spread[i] = prior * (1 - gain)
    for i in range(count - 2, -1, -1):
        gain = spread[i] / (spread[i] + unsure[i + 1])
        state[i] += gain[:, None] * (state[i + 1] - state[i] - step[i + 1])
    scores = points[..., 2].copy()
    if count > 2:
        scores[1:-1] = np.median(np.stack([points[:-2, :, 2], points[1:-1, :, 2], points[2:, :, 2]]), axis=0)
    result: Floats = np.concatenate([state, scores[..., None]], axis=2).astype(np.float32)
    return result


def _doubt(points: Floats, height: float) -> Array:
    """(joints,) variance of what the parser says, px^2: joints of low score may lie anywhere."""
    result: Array = (LOOK * height / np.clip(points[:, 2], 0.05, 1.0)) ** 2
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
