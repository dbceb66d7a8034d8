"""SegFormer fine-tuned on clothes (Xie et al., NeurIPS 2021), as an optional second opinion on labels.

The published network knows ATR's 18 classes. Who is looked at, key points, parts and depth stay the built-in parser's,
and so does what the 18 classes do not tell apart: neck from face, hand from arm, coat from top.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.errors import NoPerson
from tryon.parsing import embedded
from tryon.spec import ParserSpec, PersonParser, Runtime, Weights
from tryon.types import LABEL, Person, Photo
from tryon.weights.layout import locate

Array = NDArray[Any]

SPEC = ParserSpec(
    name="segformer-clothes",
    title="SegFormer clothes",
    family="SegFormer",
    about="Labels by a network of 27 million parameters trained on photographs; the rest by the built-in parser.",
    licence="NVIDIA Source Code License for SegFormer",
    commercial=False,
    source="https://arxiv.org/abs/2105.15203",
    weights=(
        Weights(
            repo="mattmdjaga/segformer_b2_clothes",
            files=("config.json", "preprocessor_config.json", "model.safetensors"),
            gib=0.11,
        ),
    ),
    parameters=27_360_466,
    reads=frozenset({"photo"}),
    rank=60,
    extra="gpu",
)
# The network's classes by their names in config.json, as house labels.
ATR = {
    "Background": "background", "Hat": "hat", "Hair": "hair", "Sunglasses": "sunglasses", "Upper-clothes": "upper",
    "Skirt": "skirt", "Pants": "pants", "Dress": "dress", "Belt": "belt", "Left-shoe": "left_shoe",
    "Right-shoe": "right_shoe", "Face": "face", "Left-leg": "left_leg", "Right-leg": "right_leg",
    "Left-arm": "left_arm", "Right-arm": "right_arm", "Bag": "bag", "Scarf": "scarf",
}  # fmt: skip
# What is one class there and several here: where the built-in parser says the finer one, it is taken.
FINER = {
    "face": ("neck",), "left_arm": ("left_hand",), "right_arm": ("right_hand",), "upper": ("coat",),
    "dress": ("jumpsuit",), "left_leg": ("socks",), "right_leg": ("socks",),
}  # fmt: skip


class SegformerParser:
    """Photo -> Person, with SegFormer's labels inside the built-in parser's person."""

    def __init__(self, base: PersonParser, model: Any, processor: Any) -> None:
        self.base, self.model, self.processor = base, model, processor
        names = model.config.id2label
        self.table = np.array([LABEL[ATR[names[i]]] for i in range(len(names))], np.uint8)

    def __call__(self, photo: Photo) -> Person:
        """Raises NoPerson."""
        import torch

        person = self.base(photo)
        given = self.processor(images=photo.pixels, return_tensors="pt")["pixel_values"]
        with torch.inference_mode():
            logits = self.model(given.to(self.model.device, self.model.dtype)).logits
            sized = torch.nn.functional.interpolate(
                logits.float(), size=(photo.height, photo.width), mode="bilinear", align_corners=False
            )
        found = self.table[sized[0].argmax(0).cpu().numpy()]
        return merged(person, found)


def load(runtime: Runtime) -> PersonParser:
    """The parser, on the device of the runtime. Raises what a download raises."""
    from transformers import SegformerForSemanticSegmentation, SegformerImageProcessorPil

    folder = locate(runtime)[SPEC.weights[0].repo]
    model = SegformerForSemanticSegmentation.from_pretrained(folder, use_safetensors=True, local_files_only=True)
    processor = SegformerImageProcessorPil.from_pretrained(folder, local_files_only=True)
    base = embedded.load(Runtime(spec=embedded.SPEC, threads=runtime.threads))
    return SegformerParser(base, model.eval().to(runtime.device), processor)


def merged(person: Person, found: Array) -> Person:
    """`person` with the labels `found` (H,W) near them; raises NoPerson where none is left.

    Other people are left out: only what touches the built-in parser's outline, grown by a fiftieth of its height.
    """
    reach = max(3, person.box.height // 50) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    near = cv2.dilate((person.outline > 127).astype(np.uint8), kernel) > 0
    labels = np.where(near, found, 0).astype(np.uint8)
    for coarse, finer in FINER.items():
        wanted = np.isin(person.labels, [LABEL[name] for name in finer])
        take = (labels == LABEL[coarse]) & wanted
        labels[take] = person.labels[take]
    if not (labels > 0).any():
        raise NoPerson
    seen = labels > 0
    soft = cv2.GaussianBlur(seen.astype(np.float32) * 255, (0, 0), 1.0)
    # The built-in outline is a matte of the photo's own edges: it stays wherever both agree on the person's inside.
    outline = np.where(seen == (person.outline > 127), person.outline, soft.round()).astype(np.uint8)
    return replace(
        person,
        labels=labels,
        outline=outline,
        parts=np.where(seen, person.parts, 0).astype(np.uint8),
        depth=np.where(seen, person.depth, 0).astype(np.float32),
        normals=None if person.normals is None else person.normals * seen[..., None],
        box=embedded.outline_box(np.maximum(outline, seen * np.uint8(255))),
    )
