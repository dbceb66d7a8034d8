"""What each head is asked for."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from tryon.train.parser.net import Heads
from tryon.types import LABELS

_WEIGHT = {
    "background": 0.6, "face": 1.2, "neck": 1.2, "upper": 0.9, "pants": 0.9, "left_arm": 1.4, "right_arm": 1.4,
    "left_hand": 1.8, "right_hand": 1.8, "left_leg": 1.3, "right_leg": 1.3, "left_shoe": 1.4, "right_shoe": 1.4,
    "belt": 1.5, "sunglasses": 1.5,
}  # fmt: skip
CLASS_WEIGHTS = tuple(_WEIGHT.get(name, 1.0) for name in LABELS)


def losses(
    heads: Heads, labels: Tensor, parts: Tensor, depth: Tensor, heat: Tensor, weights: Tensor
) -> dict[str, Tensor]:
    """Named terms whose sum is minimised.

    labels, parts, depth (N,H/2,W/2) uint8, heat (N,K,H/4,W/4) float32, weights (L,) per class.
    """
    logits = heads.labels.float()
    target = labels.long()
    entropy = F.cross_entropy(logits, target, weight=weights, label_smoothing=0.02)
    part_entropy = F.cross_entropy(heads.parts.float(), parts.long())
    truth = depth.float() / 255
    person = (truth > 0).float()
    distance = ((heads.depth.float()[:, 0] - truth).abs() * person).sum() / (person.sum() + 1)
    bumps = heads.heat.float()
    joints = ((1 + 30 * heat) * (bumps - heat) ** 2).mean()
    return {
        "labels": entropy,
        "dice": 0.5 * dice(logits, target),
        "parts": 0.3 * part_entropy,
        "depth": distance,
        "heat": 4 * joints,
    }


def dice(logits: Tensor, target: Tensor) -> Tensor:
    """1 - mean Dice over the classes that the batch shows, each class over the whole batch."""
    chance = logits.softmax(1)
    truth = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2).to(chance.dtype)
    overlap, total = (chance * truth).sum((0, 2, 3)), (chance + truth).sum((0, 2, 3))
    shown = truth.sum((0, 2, 3)) > 50
    return 1 - (2 * overlap / (total + 1))[shown].mean()
