"""The embedded person parser: our own small network on a CPU, offline, without torch.

A first look at the whole photo finds the person, a second one at a crop around them (mirrored and zoomed, averaged)
gives labels, key points, body parts and depth, and the photo's own edges sharpen the result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.errors import NoPerson
from tryon.notes import note
from tryon.parsing import derive
from tryon.parsing import labels as tables
from tryon.parsing.colour import Colours, Waist, alike, weigh
from tryon.parsing.locate import Found, find_person
from tryon.parsing.network import Maps, Network, View, crop_matrix
from tryon.parsing.outfit import settle
from tryon.parsing.refine import GuidedFilter, contour, keep_largest, soft_outline, strongest
from tryon.parsing.untangle import sides_unclear, untangled, without_loose_ends
from tryon.spec import ParserSpec, PersonParser, Runtime
from tryon.types import KEYPOINT, LABEL, Box, Note, Person, Photo

Array = NDArray[Any]

MODEL = Path(__file__).parents[2] / "assets" / "models" / "parser.onnx"
WORK_SIDE = 1024  # px, longest side of the picture that is analysed; larger photos get their maps enlarged
GRID = 256  # px, longest side of the grid of guided filter coefficients and GrabCut
TWO_COLOURS = 0.85  # overlap of colours below which the cloth above and below the hips is of two kinds
ZOOMS = (1.0,)  # a zoomed-out second opinion (1.18) gained nothing with the network of 384x288

SPEC = ParserSpec(
    name="embedded",
    title="Built-in parser",
    family="tryon",
    about="Our own small network: labels, key points, body parts and depth on any computer, offline.",
    licence="Apache-2.0",
    commercial=True,
    source="tryon/train/parser",
    parameters=4_934_104,
    reads=frozenset({"photo"}),
    rank=10,
)


# Walls and noise show no person at all; landscapes were taken for one at up to 0.42, while photographs of people lie
# above 0.7, and people of the colour of their wall or smaller than a tenth of the photo between 0.45 and 0.7.
LEAST = 0.43
BODY = (
    ("hair",), ("face",), ("left_arm", "right_arm"), ("left_hand", "right_hand"), ("left_leg", "right_leg"),
    ("left_shoe", "right_shoe"),
)  # fmt: skip
BELIEF = (0.5, 0.75, 1.0)  # what is left of the confidence when none, one or more of them are surely seen
UNSURE = 0.49  # the most that is believed of somebody whose front and back may have been taken for each other


def load(runtime: Runtime) -> PersonParser:
    """The parser; its network stays in memory (20 MB of weights)."""
    return EmbeddedParser(Network(MODEL, threads=runtime.threads or 2))


class EmbeddedParser:
    """Photo -> Person. Holds a network and nothing else; may be called from several threads."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def __call__(self, photo: Photo) -> Person:
        """Raises NoPerson."""
        work = _shrink(photo.pixels)
        found = find_person(self.network, work)
        if found is None:
            raise NoPerson
        maps = self.network.look(work, found.view, ZOOMS)
        points = untangled(key_points(maps))
        if not plausible(maps, points):
            raise NoPerson
        labels, outline = _labels(work, maps, points, self.network.names)
        if not (labels > 0).any():
            raise NoPerson
        self._settle(labels, points, work)
        person = _person(photo, labels, outline, points, maps, found, self.network.names)
        if person.confidence < LEAST:
            raise NoPerson
        return person

    def _settle(self, labels: Array, points: Array, work: Array) -> None:
        """What pixels leave open and shapes tell, in place: left and right shoe, skirt or shorts, dress in bands."""
        names = self.network.names
        tables.agree_on_sides(labels, points)
        if "left_shoe" not in names:
            tables.split_sides(labels, points, "left_shoe", "right_shoe", "ankle")
        if "skirt" not in names:
            bands = [LABEL[name] for name in ("upper", "pants", "skirt")]
            if tables.one_dress(labels, work):
                labels[np.isin(labels, bands)] = LABEL["dress"]
            elif tables.hem_closes(labels, points, "pants"):
                labels[labels == LABEL["pants"]] = LABEL["skirt"]
        elif tables.hem_closes(labels, points, "skirt") is False:
            labels[labels == LABEL["skirt"]] = LABEL["pants"]


def _shrink(pixels: Array) -> Array:
    height, width = pixels.shape[:2]
    scale = WORK_SIDE / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def key_points(maps: Maps) -> Array:
    """(18,3) float32 x, y, score in photo pixels: peaks of the heat maps, refined by their neighbours."""
    count, _, width = maps.heat.shape
    step = maps.labels.shape[2] * 2 / width  # network pixels per heat map cell; labels lie at half size
    matrix = crop_matrix(maps.view, maps.labels.shape[2] * 2, maps.labels.shape[1] * 2)
    points = np.zeros((count, 3), np.float32)
    for i, plane in enumerate(maps.heat):
        y, x = divmod(int(plane.argmax()), width)
        fx = x + _vertex(plane[y, max(0, x - 1) : x + 2])
        fy = y + _vertex(plane[max(0, y - 1) : y + 2, x])
        px, py = fx * step + (step - 1) / 2, fy * step + (step - 1) / 2
        points[i] = (
            (px - matrix[0, 2]) / matrix[0, 0],
            (py - matrix[1, 2]) / matrix[1, 1],
            np.clip(plane[y, x] * 1.2, 0, 1),
        )
    return points


def _vertex(values: Array) -> float:
    """Offset -0.5..0.5 of the top of the parabola through three neighbours; 0 at the border."""
    if len(values) < 3:
        return 0.0
    # Of the logarithm: that of a Gaussian is a parabola (Zhang et al., "Distribution-aware coordinate representation
    # for human pose estimation", CVPR 2020).
    left, middle, right = (math.log(max(float(v), 1e-4)) for v in values)
    bend = left - 2 * middle + right
    return float(np.clip((left - right) / (2 * bend), -0.5, 0.5)) if bend < -1e-6 else 0.0


def plausible(maps: Maps, points: Array) -> bool:
    """Whether this can be a person at all: enough of the view is one, and enough joints are sure."""
    share = float((maps.labels[0] < 0.5).mean())
    return share > 0.03 and int((points[:, 2] > 0.3).sum()) >= 4


def _grid(height: int, width: int) -> tuple[int, int]:
    scale = min(1.0, GRID / max(height, width))
    return max(8, round(height * scale)), max(8, round(width * scale))


def _place(planes: Array, view: View, size: tuple[int, int], grid: tuple[int, int], outside: Sequence[float]) -> Array:
    """Planes (C,h,w) of a view -> (C,gh,gw) on a grid over the photo of `size` = (H, W); `outside` per channel."""
    fx, fy = size[1] / grid[1], size[0] / grid[0]
    kx, ky = planes.shape[2] / view.width, planes.shape[1] / view.height
    offset = ((0.5 * fx - view.x) * kx - 0.5, (0.5 * fy - view.y) * ky - 0.5)
    matrix = np.array([[fx * kx, 0, offset[0]], [0, fy * ky, offset[1]]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = [
        cv2.warpAffine(plane, matrix, (grid[1], grid[0]), flags=flags, borderValue=float(value))
        for plane, value in zip(planes, outside, strict=True)
    ]
    return np.stack(warped)


def _waist(points: Array, scale: float) -> Waist | None:
    """Row of the hips and length of the trunk, times `scale`, where neck and hips are sure."""
    neck, hips = points[KEYPOINT["neck"]], points[[KEYPOINT["right_hip"], KEYPOINT["left_hip"]]]
    if min(float(neck[2]), float(hips[:, 2].max())) < 0.2:
        return None
    row = float(np.average(hips[:, 1], weights=hips[:, 2] + 1e-3))
    return row * scale, max(0.0, row - float(neck[1])) * scale


def _labels(work: Array, maps: Maps, points: Array, names: Sequence[str]) -> tuple[Array, Array]:
    """Labels (H,W) uint8 in the house's table and the outline (H,W) uint8, both at the size of `work`."""
    size = work.shape[0], work.shape[1]
    grid = _grid(*size)
    outside = [1.0] + [0.0] * (len(names) - 1)
    planes = _place(maps.labels, maps.view, size, grid, outside)
    guide = GuidedFilter(work, grid, radius=2, epsilon=1e-3)
    small = cv2.resize(work, (grid[1], grid[0]), interpolation=cv2.INTER_AREA)
    with ThreadPoolExecutor(1) as beside:  # the outline knows nothing of the classes
        drawn = beside.submit(_outline, guide, small, planes[0].copy())
        planes = _dressed(planes, names, Colours(small), _waist(points, grid[0] / size[0]))
        index = strongest(guide, planes[1:]) + 1
        outline = drawn.result()
    labels = tables.table(names)[index]
    labels[outline < 128] = 0
    return labels, outline


def _outline(guide: GuidedFilter, small: Array, background: Array) -> Array:
    """(H,W) uint8 alpha of the person from the probability of background (h,w) on the guide's grid."""
    person = contour(small, np.clip(guide.small(background), 0, 1))
    return soft_outline(guide, keep_largest(person > 0.5))


def _dressed(planes: Array, names: Sequence[str], colours: Colours, waist: Waist | None) -> Array:
    """Probabilities with one reading of the outfit, weighed with the photo's colours."""
    halves = colours.halves(planes, names, waist)
    if halves is None or alike(halves) > TWO_COLOURS:
        planes = settle(planes, names, waist, None if halves is None else alike(halves))
    else:
        # Top and bottom differ in colour: that tells where one ends better than the height of the hips does.
        planes = colours.part(settle(planes, names, None, alike(halves)), names, halves)
    return weigh(planes, names, colours)


def _person(
    photo: Photo, labels: Array, outline: Array, points: Array, maps: Maps, found: Found, names: Sequence[str]
) -> Person:
    """All maps at the photo's size."""
    with ThreadPoolExecutor(1) as beside:
        facing = beside.submit(_normals, labels.shape, maps, (photo.height, photo.width))
        parts, depth = _body(labels, points, maps)
        normals = facing.result()
    points = _doubted(points, labels)
    size = (photo.width, photo.height)
    if (labels.shape[1], labels.shape[0]) != size:
        points = points.copy()
        factor = np.array([photo.width / labels.shape[1], photo.height / labels.shape[0]], np.float32)
        points[:, :2] = (points[:, :2] + 0.5) * factor - 0.5
        labels, parts = (cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST) for plane in (labels, parts))
        depth, outline = (cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in (depth, outline))
        labels[outline < 128] = 0
    outside = (points[:, 0] < 0) | (points[:, 1] < 0) | (points[:, 0] > size[0] - 1) | (points[:, 1] > size[1] - 1)
    points[outside, 2] = 0
    points[points[:, 2] < 0.05, 2] = 0
    points = without_loose_ends(points)
    points[:, 0], points[:, 1] = points[:, 0].clip(0, size[0] - 1), points[:, 1].clip(0, size[1] - 1)
    depth = np.where(labels > 0, depth, 0).astype(np.float32)
    confidence = _confidence(maps, points) * BELIEF[min(2, bodily(maps, names))]
    if sides_unclear(labels, points):
        confidence = min(confidence, UNSURE)
    return Person(
        photo=photo,
        labels=labels,
        keypoints=points,
        parts=np.where(labels > 0, parts, 0).astype(np.uint8),
        depth=depth,
        outline=outline,
        box=outline_box(outline),
        confidence=confidence,
        notes=_notes(points, labels, found, confidence),
        normals=None if normals is None else cv2.copyTo(normals, (labels > 0).astype(np.uint8)),
    )


def _doubted(points: Array, labels: Array) -> Array:
    """Key points with little left of the score of those that lie well off the person."""
    grid = _grid(labels.shape[0], labels.shape[1])
    person = cv2.resize((labels > 0).astype(np.uint8), (grid[1], grid[0]), interpolation=cv2.INTER_NEAREST)
    near = cv2.dilate(person, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13)))
    x = np.clip(points[:, 0] * grid[1] / labels.shape[1], 0, grid[1] - 1).astype(int)
    y = np.clip(points[:, 1] * grid[0] / labels.shape[0], 0, grid[0] - 1).astype(int)
    result = points.copy()
    result[near[y, x] == 0, 2] *= 0.15
    return result


def _body(labels: Array, points: Array, maps: Maps) -> tuple[Array, Array]:
    """Parts (H,W) uint8 and depth (H,W) float32 at the size of the labels: the network's own, else derived."""
    size = labels.shape[0], labels.shape[1]
    grid = _grid(*size)
    # Nearest samples of the labels are enough for capsules and domes, at a sixteenth of the work.
    small = cv2.resize(labels, (grid[1], grid[0]), interpolation=cv2.INTER_NEAREST)
    factor = np.array([grid[1] / size[1], grid[0] / size[0], 1], np.float32)
    if maps.parts is None:
        parts = derive.body_parts(small, points * factor)
    else:
        outside = [1.0] + [0.0] * (len(maps.parts) - 1)
        parts = _place(maps.parts, maps.view, size, grid, outside).argmax(0).astype(np.uint8)
    if maps.depth is None:
        depth = derive.relief(small, points * factor)
    else:
        depth = _place(maps.depth[None], maps.view, size, grid, [0.0])[0]
    return (
        cv2.resize(parts, (size[1], size[0]), interpolation=cv2.INTER_NEAREST),
        cv2.resize(depth, (size[1], size[0]), interpolation=cv2.INTER_LINEAR),
    )


def _normals(shape: tuple[int, ...], maps: Maps, size: tuple[int, int]) -> Array | None:
    """Surface normals (H,W,3) as uint8 (see Person) at the photo's `size`, where the network tells them."""
    if maps.normals is None:
        return None
    height, width = shape
    planes = _place(maps.normals, maps.view, (height, width), _grid(height, width), [0.0, 0.0, 1.0])
    unit = planes / np.maximum(np.sqrt((planes**2).sum(axis=0)), 1e-6)
    small = np.clip(unit * 127.5 + 127.5, 1, 255).astype(np.uint8).transpose(1, 2, 0)
    return cv2.resize(small, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)


def outline_box(outline: Array) -> Box:
    """The box around an outline (H,W) uint8 that is not empty."""
    rows, columns = np.flatnonzero((outline > 127).any(axis=1)), np.flatnonzero((outline > 127).any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _confidence(maps: Maps, points: Array) -> float:
    """How sure the analysis is, 0..1: sharp labels on the person, and shoulders, hips and elbows seen."""
    person = maps.labels[0] < 0.5
    if not person.any():
        return 0.0
    sure = float(maps.labels.max(axis=0)[person].mean())
    trunk = [points[KEYPOINT[name], 2] for name in ("neck", "right_shoulder", "left_shoulder")]
    hips = [points[KEYPOINT[name], 2] for name in ("right_hip", "left_hip")]
    joints = 0.7 * float(np.mean(trunk)) + 0.3 * float(np.mean(hips))
    # Either alone misleads: cloth of the wall's colour has unsure labels and sure joints, a shop window the reverse.
    return float(np.sqrt(np.clip(1.6 * sure - 0.45, 0, 1) * (0.15 + 0.85 * min(1.0, joints / 0.7))))


def bodily(maps: Maps, names: Sequence[str]) -> int:
    """How many parts of a body are surely seen beside cloth: hair, face, arms, hands, legs, shoes.

    A garment without anybody in it shows none; people in photographs show three or more.
    """
    person = float((maps.labels[0] < 0.5).sum())
    sure, winner = maps.labels.max(axis=0) > 0.8, maps.labels.argmax(axis=0)
    wanted = [[names.index(name) for name in group if name in names] for group in BODY]
    return sum(int((np.isin(winner, group) & sure).sum() > 0.004 * person) for group in wanted)


def _notes(points: Array, labels: Array, found: Found, confidence: float) -> tuple[Note, ...]:
    notes = []
    if found.count > 1:
        notes.append(note("several_people", count=found.count))
    where = _cut_at(points, labels)
    if where:
        notes.append(note("person_cut", where=where))
    if confidence < 0.5:
        notes.append(note("not_sure", what="person"))
    else:
        shy = [side for side in ("left", "right") if _arm_score(points, side) < 0.15]
        if len(shy) == 2:
            notes.append(note("not_sure", what="arms"))
    return tuple(notes)


def _arm_score(points: Array, side: str) -> float:
    return float(max(points[KEYPOINT[f"{side}_elbow"], 2], points[KEYPOINT[f"{side}_wrist"], 2]))


def _cut_at(points: Array, labels: Array) -> str:
    """Where the lower border of the photo cuts the person, or "" when it does not."""
    if not (labels[-max(2, labels.shape[0] // 200) :] > 0).any():
        return ""
    for joint, where in (("ankle", "ankles"), ("knee", "knees"), ("hip", "hips"), ("shoulder", "chest")):
        if max(points[KEYPOINT[f"{side}_{joint}"], 2] for side in ("left", "right")) > 0.25:
            return where
    return "shoulders"
