"""What each head is asked for."""

from __future__ import annotations

import torch
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
    heads: Heads, labels: Tensor, parts: Tensor, depth: Tensor, heat: Tensor, weights: Tensor,
    normals: Tensor | None = None,
) -> dict[str, Tensor]:  # fmt: skip
    """Named terms whose sum is minimised.

    labels, parts, depth (N,H/2,W/2) uint8, heat (N,K,H/4,W/4) float32, weights (L,) per class, normals
    (N,3,H/2,W/2) unit vectors, asked for where the network has a head for them.
    """
    chance, target = _log_chance(heads.labels), labels.long().flatten()
    right = chance.gather(1, target[:, None])[:, 0]
    weight = weights[target]
    part_right = _log_chance(heads.parts).gather(1, parts.long().flatten()[:, None])
    truth = depth.float() / 255
    person = (truth > 0).float()
    distance = ((heads.depth.float()[:, 0] - truth).abs() * person).sum() / (person.sum() + 1)
    joints = ((1 + 30 * heat) * (heads.heat.float() - heat) ** 2).mean()
    terms = {
        "labels": -(right * weight).sum() / weight.sum(),
        "dice": 0.5 * dice(chance, right, target),
        "parts": -0.3 * part_right.mean(),
        "depth": distance,
        "heat": 10 * joints,
    }
    if heads.normals is not None and normals is not None:
        cosine = F.cosine_similarity(heads.normals.float(), normals, dim=1)
        terms["normals"] = 0.2 * ((1 - cosine) * person).sum() / (person.sum() + 1)
    return terms


def _log_chance(logits: Tensor) -> Tensor:
    """(N,C,h,w) -> log probabilities (N*h*w,C). In the network's memory layout, channels last, this copies nothing."""
    return logits.permute(0, 2, 3, 1).reshape(-1, logits.shape[1]).float().log_softmax(1)


def dice(chance: Tensor, right: Tensor, target: Tensor) -> Tensor:
    """1 - mean Dice over the classes that the batch shows, each class over the whole batch.

    chance (n,C) log probabilities, right (n,) those of the true classes target (n,).
    """
    found = right.exp()
    # One masked sum per class: index_add of millions of pixels into 25 cells queues up on a GPU's atomics.
    member = [target == k for k in range(chance.shape[1])]
    overlap = torch.stack([(found * m).sum() for m in member])
    count = torch.stack([m.sum() for m in member]).float()
    total = chance.exp().sum(0) + count
    shown = (count > 50).float()
    return 1 - (2 * overlap / (total + 1) * shown).sum() / shown.sum().clamp(min=1)
