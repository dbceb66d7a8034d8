"""ViTPose (Xu et al., NeurIPS 2022), as an optional second opinion on key points.

Finds COCO's 17 joints in the box of the built-in parser's person; the 18th of OpenPose, the neck, is the middle of
the shoulders, as OpenPose itself defined it. Everything else stays the built-in parser's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.parsing import embedded
from tryon.spec import ParserSpec, PersonParser, Runtime, Weights
from tryon.types import KEYPOINT, Person, Photo
from tryon.weights.layout import locate

Array = NDArray[Any]

SPEC = ParserSpec(
    name="vitpose",
    title="ViTPose",
    family="ViTPose",
    about="Key points by a network of 86 million parameters trained on photographs; the rest by the built-in parser.",
    licence="Apache-2.0",
    commercial=True,
    source="https://arxiv.org/abs/2204.12484",
    weights=(
        Weights(
            repo="usyd-community/vitpose-base-simple",
            files=("config.json", "preprocessor_config.json", "model.safetensors"),
            gib=0.35,
        ),
    ),
    parameters=85_912_337,
    reads=frozenset({"photo"}),
    rank=61,
    extra="gpu",
)
# COCO's order.
COCO = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
LEAST = 0.3  # scores below which a joint counts as not shown


class ViTPoseParser:
    """Photo -> Person, with ViTPose's key points."""

    def __init__(self, base: PersonParser, model: Any, processor: Any) -> None:
        self.base, self.model, self.processor = base, model, processor

    def __call__(self, photo: Photo) -> Person:
        """Raises NoPerson."""
        import torch

        person = self.base(photo)
        box = person.box
        boxes = [[[float(box.x0), float(box.y0), float(box.width), float(box.height)]]]
        given = self.processor(images=photo.pixels, boxes=boxes, return_tensors="pt")["pixel_values"]
        with torch.inference_mode():
            answer = self.model(given.to(self.model.device, self.model.dtype))
        found = self.processor.post_process_pose_estimation(answer, boxes=boxes)[0][0]
        joints = np.concatenate([found["keypoints"].numpy(), found["scores"].numpy()[:, None]], 1)
        return replace(person, keypoints=openpose(joints.astype(np.float32), photo.width, photo.height))


def load(runtime: Runtime) -> PersonParser:
    """The parser, on the device of the runtime. Raises what a download raises."""
    from transformers import VitPoseForPoseEstimation, VitPoseImageProcessorPil

    folder = locate(runtime)[SPEC.weights[0].repo]
    model = VitPoseForPoseEstimation.from_pretrained(folder, use_safetensors=True, local_files_only=True)
    processor = VitPoseImageProcessorPil.from_pretrained(folder, local_files_only=True)
    base = embedded.load(Runtime(spec=embedded.SPEC, threads=runtime.threads))
    return ViTPoseParser(base, model.eval().to(runtime.device), processor)


def openpose(joints: Array, width: int, height: int) -> Array:
    """COCO's joints (17,3) x, y, score -> OpenPose's (18,3), score 0 where unsure or outside the picture."""
    result = np.zeros((len(KEYPOINT), 3), np.float32)
    for name, joint in zip(COCO, joints, strict=True):
        result[KEYPOINT[name]] = joint
    left, right = result[KEYPOINT["left_shoulder"]], result[KEYPOINT["right_shoulder"]]
    result[KEYPOINT["neck"]] = (*(left[:2] + right[:2]) / 2, min(left[2], right[2]))
    outside = (result[:, :2] < 0).any(1) | (result[:, 0] > width - 1) | (result[:, 1] > height - 1)
    result[outside | (result[:, 2] < LEAST), 2] = 0
    result[:, 0], result[:, 1] = result[:, 0].clip(0, width - 1), result[:, 1].clip(0, height - 1)
    result[:, 2] = result[:, 2].clip(0, 1)
    return result
