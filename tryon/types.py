"""The currency of the house: every value that crosses a room's door.

numpy and the standard library only. Values are frozen; arrays inside them are never written to after
construction. Coordinates are pixels of the picture they belong to, x to the right, y down, and "left" and
"right" in names of landmarks mean the left and right *of the picture*; in names of body parts they mean the
person's own left and right (OpenPose, ATR and DensePose use the person's).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]  # (h, w, 3) RGB
Mask: TypeAlias = NDArray[np.uint8]  # (h, w), 0..255
Floats: TypeAlias = NDArray[np.float32]

Category: TypeAlias = Literal["top", "bottom", "dress"]
CATEGORIES: tuple[Category, ...] = ("top", "bottom", "dress")
Sleeves: TypeAlias = Literal["none", "short", "elbow", "long"]
Quality: TypeAlias = Literal["draft", "standard", "best"]
QUALITIES: tuple[Quality, ...] = ("draft", "standard", "best")
Wear: TypeAlias = Literal["tucked", "open", "rolled"]
WEARS: tuple[Wear, ...] = ("tucked", "open", "rolled")  # into the waistband; front parted; sleeves below the elbow
Stage: TypeAlias = Literal["photo", "parse", "garment", "mask", "transfer", "video", "encode"]
STAGES: tuple[Stage, ...] = ("photo", "parse", "garment", "mask", "transfer", "video", "encode")

# Index = value in Person.labels. A superset of ATR-18 and LIP-20; masking.py derives both.
LABELS: tuple[str, ...] = (
    "background", "hat", "hair", "sunglasses", "upper", "coat", "skirt", "pants", "dress", "jumpsuit", "belt",
    "left_shoe", "right_shoe", "socks", "face", "neck", "left_leg", "right_leg", "left_arm", "right_arm",
    "left_hand", "right_hand", "bag", "scarf", "gloves",
)  # fmt: skip
LABEL: Mapping[str, int] = {name: index for index, name in enumerate(LABELS)}

# OpenPose (COCO-18) order; "right" is the person's right.
KEYPOINTS: tuple[str, ...] = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear",
)  # fmt: skip
KEYPOINT: Mapping[str, int] = {name: index for index, name in enumerate(KEYPOINTS)}

# DensePose part indices, as in Person.parts (0 is background).
PARTS: tuple[str, ...] = (
    "background", "torso_back", "torso_front", "right_hand", "left_hand", "left_foot", "right_foot",
    "right_upper_leg_back", "left_upper_leg_back", "right_upper_leg_front", "left_upper_leg_front",
    "right_lower_leg_back", "left_lower_leg_back", "right_lower_leg_front", "left_lower_leg_front",
    "left_upper_arm_inner", "right_upper_arm_inner", "left_upper_arm_outer", "right_upper_arm_outer",
    "left_lower_arm_inner", "right_lower_arm_inner", "left_lower_arm_outer", "right_lower_arm_outer",
    "head_right", "head_left",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Box:
    """Half-open rectangle in pixels: columns x0..x1-1, rows y0..y1-1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """One upright picture without metadata: (h, w, 3) uint8 RGB. Made by media.photo.read_photo."""

    pixels: Pixels

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A short film: (f, h, w, 3) uint8 RGB at `fps` frames a second."""

    frames: NDArray[np.uint8]
    fps: float
    reduced_from: tuple[int, int] | None = None  # width and height in the file, where that was larger


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Person:
    """A parsed person photo. All maps have the photo's height and width."""

    photo: Photo
    labels: NDArray[np.uint8]  # (h, w) index into LABELS
    keypoints: Floats  # (18, 3) x, y, score 0..1 in KEYPOINTS order; score 0: not in the picture
    parts: NDArray[np.uint8]  # (h, w) DensePose 0..24, index into PARTS
    depth: Floats  # (h, w) 0..1 relative, 1 is nearest, 0 outside the person
    outline: Mask  # (h, w) soft alpha of the person
    box: Box  # around the outline
    confidence: float  # 0..1; below 0.5 the product says that it is not sure
    notes: tuple[Note, ...] = ()
    # (h, w, 3) surface normals x right, y up, z to the camera as 127.5 + 127.5 n, 0 outside; None: not known
    normals: NDArray[np.uint8] | None = None
    # (h, w) labels put right by the photo's own colours (masking.settled); None: not worked out yet
    settled: NDArray[np.uint8] | None = None
    # (h, w) cloth on the person's left arm 1, on the right arm 2, elsewhere 0; None: not known
    sleeves: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Footage:
    """A parsed clip. Some of its frames are parsed; parsing.footage.person_at carries that to any other."""

    clip: Clip
    at: tuple[int, ...]  # the frames that were parsed, rising; the first and the last are among them
    people: tuple[Person | None, ...]  # who was seen there; None: nobody
    key: int  # the parsed frame that shows the person best: the still of the result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Garment:
    """A parsed garment photo.

    `landmarks` maps names to (x, y) in the photo's pixels; "left" is the left of the picture. Top and dress:
    neck_left, neck_right (where collar meets shoulder seam), neck_front (lowest point of the front neckline),
    shoulder_left/right (shoulder tips), armpit_left/right, cuff_left_outer, cuff_left_inner,
    cuff_right_outer, cuff_right_inner (equal to shoulder tip and armpit when sleeveless), elbow_left_outer,
    elbow_left_inner, elbow_right_outer, elbow_right_inner (below the elbow only), waist_left/right,
    hem_left/right, hem_front (middle of the hem). Bottom: waist_left/right, hip_left/right, hem_left_outer,
    hem_left_inner, hem_right_outer, hem_right_inner (a skirt's inner points are the middle of its hem),
    knee_left_outer, knee_left_inner, knee_right_outer, knee_right_inner (trousers), crotch (absent: skirt).
    """

    photo: Photo
    cutout: Mask  # (h, w) soft alpha of the garment
    category: Category
    confidence: float  # 0..1 of the category guess
    sleeves: Sleeves  # "none" for bottoms
    length: Literal["cropped", "hip", "thigh", "knee", "calf", "ankle"]  # where the hem falls when worn
    neckline: Literal["crew", "v", "collar", "wide", "straps", "strapless", "high", "hood", "none"]
    kind: Literal["shirt", "jacket", "trousers", "shorts", "skirt", "dress"]
    worn: bool  # somebody wears it in its photo
    landmarks: Mapping[str, tuple[float, float]]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitting:
    """What a transfer backend gets: everything at its working size, the crop of the photo already made."""

    person: Person  # of the crop, at working size
    garments: tuple[Garment, ...]
    category: Category
    mask: Mask | None  # (h, w) agnostic mask at working size, 255 may be painted; None for maskless backends
    crop: Box  # where the working picture lies in the full photo
    prompt: str
    seed: int
    steps: int
    guidance: float
    variant: str | None = None  # checkpoint variant (for example OOTDiffusion hd or dc)
    guess: Dressed | None = None  # our own warp of the same order, at working size, as a first guess
    strength: float = 1.0  # how far a backend may go from the guess: 0 it stays, 1 it does not count


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipFitting:
    """What a transfer backend that dresses clips gets: the crop of every frame, made and at its working size."""

    footage: Footage  # of the crop, at working size
    still: Fitting  # of the key frame, the same crop and size: garments, category, mask, prompt, seed, steps, ...
    look: Look  # the key frame dressed, at the clip's size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dressed:
    """What a transfer backend gives back, at working size."""

    pixels: Pixels
    alpha: Mask  # where pixels replace the photo, feathered; exactly 0 where nothing may change
    labels: NDArray[np.uint8] | None = None  # new label map, where the backend knows it better than a re-parse
    sleeves: NDArray[np.uint8] | None = None  # as Person.sleeves; None: nothing was put on the arms, or not known
    previews: Mapping[str, Pixels] = field(default_factory=dict)  # for example "warp"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """The dressed photo at the person photo's own size, with its own analysis."""

    photo: Photo
    person: Person
    before: Photo
    mask: Mask | None  # agnostic mask at the photo's size
    garments: tuple[Garment, ...]
    category: Category


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """What a video backend gets."""

    look: Look
    prompt: str
    width: int  # px
    height: int  # px
    frames: int
    fps: int
    seed: int
    steps: int
    guidance: float
    loop: bool = False
    driving: Footage | None = None  # the person's clip, for backends that read it
    cache: str = ""  # what may be left out between steps, see video.diffusion.caching; "": nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlan:
    """How a model is held in memory, chosen by runtime.memory.memory_plan. The default: whole, in main memory."""

    dtype: str = "float32"
    # How weights are stored (fp8: the denoiser's, int8: the text encoders' too); they are computed in dtype.
    weights: Literal["full", "fp8", "int8"] = "full"
    text: Literal["kept", "freed"] = "kept"  # freed: the text encoder only passes through the card, layer by layer
    offload: Literal["none", "model", "group", "sequential"] = "none"
    streams: bool = False  # group offload: the next layers come while these compute
    tiling: bool = False  # the autoencoder works in tiles, or with fewer frames at a time
    gpu_gib: float = 0.0  # estimated peak on the card
    ram_gib: float = 0.0  # estimated need of main memory


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """What was asked for. None means "choose for me"; plan() settles it."""

    person: Photo | Clip
    garments: tuple[Photo, ...]
    prompt: str = ""
    wear: tuple[Wear, ...] = ()  # how the garments are worn, besides what the prompt says of it
    category: Category | None = None
    transfer: str | None = None
    video: str | None = None
    size: tuple[int, int] | None = None  # width, height of the video in px
    seconds: float | None = None
    fps: int | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    quality: Quality = "standard"
    samples: int | None = None  # pictures tried, of which the best is kept
    strength: float | None = None  # 0..1, how far a model may go from our warp as first guess; 1: no guess
    cache: str | None = None  # work of the video model that may be left out: "first-block", "taylor:4"; "": none
    loop: bool = False
    still_only: bool = False
    label: bool = True  # the small visible "AI" mark
    consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """A settled Request: nothing that can be known before looking at pictures is None."""

    person: Photo | Clip
    garments: tuple[Photo, ...]
    prompt: str
    category: Category | None  # None: the garment's own analysis decides in fit()
    transfer: str
    video: str | None  # None: photo only
    width: int
    height: int
    frames: int
    fps: int
    seed: int
    transfer_steps: int
    transfer_guidance: float
    video_steps: int
    video_guidance: float
    quality: Quality
    loop: bool
    label: bool
    samples: int = 1
    strength: float = 1.0
    cache: str = ""
    wear: tuple[Wear, ...] = ()
    clip: bool = False  # the garment is put on in every frame of the person's clip; then `video` is None
    video_memory: MemoryPlan | None = None  # None: the video model declares no parts
    notes: tuple[Note, ...] = ()

    @property
    def film(self) -> bool:
        """Whether a film comes out, not only a picture."""
        return self.clip or self.video is not None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Given:
    """Values already computed; their stages are skipped."""

    person: Person | None = None
    footage: Footage | None = None  # of the person's clip
    garments: tuple[Garment, ...] | None = None
    mask: Mask | None = None  # edited agnostic mask at the photo's size
    look: Look | None = None  # go straight to the video


@dataclass(frozen=True, slots=True)
class Note:
    """Something the user should know. `code` and `values` are for translation, `text` is the English."""

    code: str
    text: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)
