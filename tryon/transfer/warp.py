"""The embedded engine's transfer: landmarks, piecewise warp, ordered layers. CPU, about half a second, no weights.

In the line of VITON's thin-plate spline (Han et al., 2018), with landmarks and parts instead of silhouettes. Prints
stay as sharp as in the garment's photo, and nothing outside the garment's surroundings changes.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from tryon.errors import PersonIncomplete
from tryon.notes import note
from tryon.spec import Runtime, TransferModel, TransferSpec
from tryon.transfer.warping.arrays import Array, blur
from tryon.transfer.warping.compose import Result, dress
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import KEYPOINT, LABEL, Category, Dressed, Event, Fitting, Garment, Person, Preview

SPEC = TransferSpec(
    name="warp",
    title="Built-in (sharp prints, seconds on any computer)",
    family="tryon",
    about="Puts the garment itself on, part by part: prints and text stay sharp, and nothing is downloaded.",
    licence="Apache-2.0",
    commercial=True,
    source="tryon/transfer/warping",
    reads=frozenset({"photo", "labels", "keypoints", "parts", "outline", "mask", "garments", "prompt"}),
    max_side=1536,
    rank=10,
)

SEEN = 0.12


def load(runtime: Runtime) -> TransferModel:
    """Nothing to load: the engine is a function."""
    return put_on


def put_on(fitting: Fitting) -> Generator[Event, None, Dressed]:
    """Dresses the person. Raises PersonIncomplete when the body part that the garment needs is not in the picture."""
    person, garment = fitting.person, fitting.garments[0]
    check_complete(person, garment, fitting.category)
    if person.confidence < 0.5:
        yield note("not_sure", what="body")
    result = dress(person, garment, fitting.category, limit_of(fitting.mask), read_wishes(fitting.prompt), fitting.seed)
    pixels = np.rint(result.pixels).astype(np.uint8)
    alpha = np.rint(result.changed * 255).astype(np.uint8)
    pixels[alpha == 0] = person.photo.pixels[alpha == 0]
    yield Preview("transfer", pixels)
    labels = new_labels(person, garment, fitting.category, result)
    return Dressed(pixels=pixels, alpha=alpha, labels=labels, previews={"warp": garment_alone(result)})


def limit_of(mask: Array | None) -> Array | None:
    """(h,w) mask 0..255 -> float32 0..1, soft towards its inside and 0 wherever the mask is."""
    if mask is None:
        return None
    plane = mask.astype(np.float32) / 255
    soft = np.clip(2 * blur(plane, 1.5) - 1, 0, 1)
    return np.minimum(soft, plane)


def check_complete(person: Person, garment: Garment, category: Category) -> None:
    """Raises PersonIncomplete for trousers on a portrait and the like."""
    scores = {name: float(person.keypoints[index, 2]) for name, index in KEYPOINT.items()}
    if min(scores["left_shoulder"], scores["right_shoulder"]) < SEEN:
        raise PersonIncomplete(needed="both shoulders", where="person")
    if category == "top":
        return
    hips = person.keypoints[[KEYPOINT["left_hip"], KEYPOINT["right_hip"]]]
    below = 0.10 if category == "bottom" else 0.0
    bottom = float(hips[:, 1].max()) + below * person.box.height
    if hips[:, 2].min() < SEEN or bottom > person.photo.height:
        raise PersonIncomplete(needed="the hips and legs" if category == "bottom" else "the hips", where="person")


def new_labels(person: Person, garment: Garment, category: Category, result: Result) -> Array:
    """Label map (h,w) uint8 of the dressed picture."""
    name = {"top": "upper", "dress": "dress", "bottom": "skirt" if garment.kind == "skirt" else "pants"}[category]
    labels = person.labels.copy()
    gone = result.area > 0.5
    labels[gone] = LABEL["background"]
    bare = result.bare > 0.5
    labels[bare] = result.limbs[bare]
    lower = LABEL["skirt"] if (person.labels == LABEL["skirt"]).any() else LABEL["pants"]
    labels[result.other > 0.5] = lower
    labels[result.worn > 0.5] = LABEL[name]
    return labels


def garment_alone(result: Result) -> Array:
    """(h,w,3) uint8: the warped garment on light grey, for the preview."""
    picture: Array = 232 + (result.pixels - 232) * result.worn[..., None]
    return np.rint(np.clip(picture, 0, 255)).astype(np.uint8)
