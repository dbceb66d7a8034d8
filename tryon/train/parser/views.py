"""Augmentation of whole batches on the training device: what augment.py does to one picture, and garments dyed anew.

A GPU reads a render a hundred times in a few minutes; so that it is a new picture every time, cloth, skin and hair
are recoloured by their labels and backgrounds exchanged, which the per-picture augmentation does not do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from tryon.parsing.network import KEYPOINT_FLIP, PART_FLIP, flip_table
from tryon.train.parser.augment import bump
from tryon.types import LABEL, LABELS

# Labels that are dyed as one: left and right, skin, hair.
_DYES = (
    ("upper",), ("coat",), ("skirt",), ("pants",), ("dress",), ("jumpsuit",), ("scarf",), ("hat",), ("bag",), ("belt",),
    ("left_shoe", "right_shoe"), ("socks",), ("gloves",), ("hair",),
    ("face", "neck", "left_arm", "right_arm", "left_hand", "right_hand", "left_leg", "right_leg"),
)  # fmt: skip
_SKIN, _CLOTH = len(_DYES) - 1, 13
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Renders:
    """Pictures in the training device's memory: pixels (n,9,h,w) uint8 (RGB, label, part, depth, normal), points."""

    pixels: Tensor
    points: Tensor  # (n,18,2) float32, pixels

    def __len__(self) -> int:
        return len(self.pixels)


@dataclass(frozen=True)
class Views:
    """A batch for the network: image (n,3,H,W) 0..255; labels, parts, depth (n,H/2,W/2) uint8; heat; normals."""

    image: Tensor
    labels: Tensor
    parts: Tensor
    depth: Tensor
    heat: Tensor
    normals: Tensor


def augmented(renders: Renders, chosen: Tensor, behind: Tensor, height: int, width: int) -> Views:
    """Random views of the chosen renders (n,); `behind` (n,) renders whose pictures serve as new backgrounds."""
    device, n = renders.pixels.device, len(chosen)
    source = renders.pixels[chosen]
    rows, columns = source.shape[2:]
    image = F.interpolate(source[:, :3].float(), (height, width), mode="bilinear", antialias=True)
    theta, mirror, replaced = _placement(n, device, width / height)
    grid = F.affine_grid(theta, [n, 3, height, width], align_corners=False)
    whole = F.grid_sample(source[:, 3:4].float(), grid, mode="nearest", padding_mode="border", align_corners=False)
    image = F.grid_sample(image, grid, mode="bilinear", padding_mode="border", align_corners=False)
    inside = (grid.abs() <= 1).all(-1)[:, None]
    whole = torch.where(inside | ~replaced, whole, 0).long()
    image = _backgrounds(image, whole, inside, replaced, renders.pixels[behind][:, :3])
    image = _dyed(image, whole[:, 0])
    half = F.affine_grid(theta, [n, 3, height // 2, width // 2], align_corners=False)
    truth = F.grid_sample(source[:, 3:].float(), half, mode="nearest", padding_mode="border", align_corners=False)
    truth = torch.where((half.abs() <= 1).all(-1)[:, None] | ~replaced, truth, 0)
    image, hidden = _occluded(image)
    truth = torch.where(F.max_pool2d(hidden.float(), 2) > 0, 0, truth)
    labels, parts, normals = truth[:, 0].long(), truth[:, 1].long(), truth[:, 3:] / 127.5 - 1
    points = _moved(renders.points[chosen], theta, (rows, columns), (height, width))
    swap, part_swap, point_swap = (
        torch.tensor(t, device=device) for t in (flip_table(LABELS), PART_FLIP, KEYPOINT_FLIP)
    )
    labels = torch.where(mirror[:, None, None], swap[labels], labels)
    parts = torch.where(mirror[:, None, None], part_swap[parts], parts)
    points = torch.where(mirror[:, None, None], points[:, point_swap], points)
    normals[:, 0] = torch.where(mirror[:, None, None], -normals[:, 0], normals[:, 0])
    return Views(
        photographed(image), labels.byte(), parts.byte(), truth[:, 2].byte(), heat_maps(points, height, width), normals
    )


def _chance(n: int, share: float, device: torch.device, *ones: int) -> Tensor:
    return torch.rand(n, *ones, device=device) < share


def _placement(n: int, device: torch.device, aspect: float) -> tuple[Tensor, Tensor, Tensor]:
    """theta (n,2,3) from view to render in affine_grid's coordinates, mirror (n,) and replaced (n,1,1,1)."""
    far = _chance(n, 0.16, device)
    near = torch.exp(torch.randn(n, device=device) * 0.15)
    scale = torch.where(far, torch.empty(n, device=device).uniform_(0.35, 0.85), near)
    angle = torch.randn(n, device=device) * torch.where(_chance(n, 0.03, device), 25.0, 5.0) * math.pi / 180
    squeeze = torch.exp(torch.randn(n, device=device) * 0.08)  # photos get squeezed on their way to a web shop
    mirror = _chance(n, 0.5, device)
    slack = (1 - scale).clamp(min=0)
    shift = torch.randn(n, 2, device=device) * 0.06 + torch.empty(n, 2, device=device).uniform_(-1, 1) * slack[:, None]
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    sign = torch.where(mirror, -1.0, 1.0)
    # Rotation in pixels: affine_grid's axes both run from -1 to 1 over sides of different length.
    linear = torch.stack(
        [torch.stack([cos * squeeze, -sin / aspect], 1), torch.stack([sin * squeeze * aspect, cos], 1)], 1
    )
    linear = linear * torch.stack([sign, torch.ones_like(sign)], 1)[:, None]
    offset = -(linear @ shift[:, :, None])
    # Seen from afar a limb that the render's edge cuts would be smeared on: then the surroundings are always new.
    replaced = _chance(n, 0.3, device, 1, 1, 1) | (scale < 0.85)[:, None, None, None]
    return torch.cat([linear, offset], 2), mirror, replaced


def _moved(points: Tensor, theta: Tensor, old: tuple[int, int], new: tuple[int, int]) -> Tensor:
    """Points (n,18,2) in pixels of the render -> pixels of the view."""
    size = torch.tensor([old[1], old[0]], device=points.device)
    at = (points + 0.5) / size * 2 - 1
    back = torch.linalg.inv(theta[:, :, :2])
    seen = (at - theta[:, None, :, 2]) @ back.transpose(1, 2)
    result: Tensor = (seen + 1) / 2 * torch.tensor([new[1], new[0]], device=points.device) - 0.5
    return result


def _backgrounds(image: Tensor, label: Tensor, inside: Tensor, replaced: Tensor, other: Tensor) -> Tensor:
    """Another picture behind the person, at times blurred or a plain wall, where `replaced`."""
    n, _, height, width = image.shape
    device = image.device
    behind = F.interpolate(other.float(), (height, width), mode="bilinear")
    coarse = F.interpolate(F.adaptive_avg_pool2d(behind, (12, 9)), (height, width), mode="bicubic")
    behind = torch.where(_chance(n, 0.4, device, 1, 1, 1), coarse, behind)
    wall = torch.rand(n, 3, 1, 1, device=device) * 60 + torch.rand(n, 1, 1, 1, device=device) * 215
    behind = torch.where(
        _chance(n, 0.3, device, 1, 1, 1), wall + (coarse - coarse.mean((2, 3), keepdim=True)) * 0.2, behind
    )
    person = ((label > 0) & inside).float()
    # Renders of nobody keep their own picture inside the frame.
    alone = person.amax((1, 2, 3), keepdim=True) == 0
    soft = F.avg_pool2d(person, 3, 1, 1)
    alpha = torch.where(alone, inside.float(), soft)
    return torch.where(replaced, image * alpha + behind * (1 - alpha), image)


def _dyed(image: Tensor, label: Tensor) -> Tensor:
    """Cloth, skin and hair in other colours and with other patterns, by label (n,H,W)."""
    n, device = len(image), image.device
    groups = len(_DYES)
    spread = torch.full((groups, 1), 0.3, device=device)
    spread[_SKIN], spread[_CLOTH] = 0.08, 0.25
    bright = torch.exp(torch.randn(n, groups, 1, device=device) * spread * 1.3)
    gain = bright * torch.exp(torch.randn(n, groups, 3, device=device) * spread * torch.tensor([1.0], device=device))
    lift = (
        torch.randn(n, groups, 1, device=device) * 60 * spread + torch.randn(n, groups, 3, device=device) * 60 * spread
    )
    pale, dark = _chance(n, 0.12, device, groups, 1), _chance(n, 0.1, device, groups, 1)
    pale[:, _SKIN], dark[:, _SKIN] = False, False
    shade = torch.rand(n, groups, 1, device=device)
    gain = torch.where(pale, 0.1 + 0.4 * shade, torch.where(dark, 0.08 + 0.25 * shade, gain))
    lift = torch.where(pale, 255 * (0.9 - 0.4 * shade), torch.where(dark, torch.zeros_like(lift), lift))
    same = ~_chance(n, 0.45, device, groups, 1)
    gain, lift = torch.where(same, 1.0, gain), torch.where(same, 0.0, lift)
    group_of = torch.full((len(LABELS),), groups, device=device)
    for i, names in enumerate(_DYES):
        for name in names:
            group_of[LABEL[name]] = i
    gain = torch.cat([gain, torch.ones(n, 1, 3, device=device)], 1)
    lift = torch.cat([lift, torch.zeros(n, 1, 3, device=device)], 1)
    member = group_of[label]
    flat = member.flatten(1)[:, :, None].expand(-1, -1, 3)
    factor = gain.gather(1, flat).transpose(1, 2).view_as(image)
    plus = lift.gather(1, flat).transpose(1, 2).view_as(image)
    return _patterned(image * factor + plus, member).clamp(0, 255)


def _patterned(image: Tensor, member: Tensor) -> Tensor:
    """Stripes, checks or waves over one garment of some pictures; member (n,H,W): dye group of every pixel."""
    n, _, height, width = image.shape
    device = image.device
    ys = torch.linspace(0, 1, height, device=device)[None, :, None]
    xs = torch.linspace(0, width / height, width, device=device)[None, None]
    angle = torch.rand(n, 1, 1, device=device) * math.pi * torch.where(_chance(n, 0.5, device, 1, 1), 1.0, 0.0)
    pitch = torch.exp(torch.empty(n, 1, 1, device=device).uniform_(2.2, 4.6))
    along = xs * torch.cos(angle) + ys * torch.sin(angle)
    across = ys * torch.cos(angle) - xs * torch.sin(angle)
    wave = torch.sin(along * pitch * 2 + torch.sin(across * pitch * torch.rand(n, 1, 1, device=device)) * 2)
    second = torch.sin(across * pitch * 2)
    mixed = torch.where(_chance(n, 0.5, device, 1, 1), wave, wave * second)
    sharp = torch.where(
        _chance(n, 0.6, device, 1, 1), torch.sign(mixed - torch.rand(n, 1, 1, device=device) + 0.5), mixed
    )
    ink = torch.randn(n, 3, 1, 1, device=device) * 45
    target = torch.randint(0, 6, (n, 1, 1), device=device)
    on = (member == target) & _chance(n, 0.4, device, 1, 1)
    return image + ink * (sharp * on)[:, None]


def _occluded(image: Tensor) -> tuple[Tensor, Tensor]:
    """At times an ellipse or a bar that belongs to nobody in front; returns the picture and where it is (n,1,H,W)."""
    n, _, height, width = image.shape
    device = image.device
    ys = torch.linspace(0, 1, height, device=device)[None, :, None]
    xs = torch.linspace(0, 1, width, device=device)[None, None]
    middle, size = torch.rand(2, n, 1, 1, device=device), torch.empty(2, n, 1, 1, device=device).uniform_(0.015, 0.14)
    dx, dy = ((xs - middle[0]) / size[0]).abs(), ((ys - middle[1]) / size[1]).abs()
    shape = torch.where(_chance(n, 0.6, device, 1, 1), dx**2 + dy**2, torch.maximum(dx, dy))
    hidden = ((shape < 1) & _chance(n, 0.22, device, 1, 1))[:, None]
    colour = torch.rand(n, 3, 1, 1, device=device) * 255 + torch.randn(n, 1, height, width, device=device) * 12
    return torch.where(hidden, colour, image), hidden


def photographed(x: Tensor) -> Tensor:
    """Exposure, white balance, uneven light, blur or sharpening, noise and JPEG: (n,3,H,W) 0..255 in and out."""
    n, _, height, width = x.shape
    device = x.device

    def normal(spread: float, *shape: int) -> Tensor:
        return torch.randn(n, *(shape or (1, 1, 1)), device=device) * spread

    x = (x - 128) * torch.exp(normal(0.2)) + 128 + normal(16)
    x = x * torch.exp(normal(0.055, 3, 1, 1))
    grey = (x * torch.tensor(_LUMA, device=device).view(1, 3, 1, 1)).sum(1, keepdim=True)
    vivid = torch.where(_chance(n, 0.05, device, 1, 1, 1), 0.0, torch.exp(normal(0.27)))
    x = (grey + (x - grey) * vivid).clamp(0, 255)
    x = 255 * (x / 255) ** torch.exp(normal(0.16))
    light = F.interpolate(normal(0.12, 1, 4, 3) * _chance(n, 0.3, device, 1, 1, 1), (height, width), mode="bicubic")
    x = x * (1 + light)
    x = _blurred(x)
    x = x + torch.randn_like(x) * torch.rand(n, 1, 1, 1, device=device) * 8 * _chance(n, 0.45, device, 1, 1, 1)
    x = x.clamp(0, 255)
    packed = torch.rand(n, device=device) < 0.3
    return torch.where(packed[:, None, None, None], _jpeg(x), x)


def _blurred(x: Tensor) -> Tensor:
    """A third blurred, a fifth sharpened."""
    n, _, height, _ = x.shape
    device = x.device
    sigma = torch.empty(n, 1, 1, 1, device=device).uniform_(0.3, 1.2) * height / 192
    taps = torch.arange(-5, 6, device=device, dtype=torch.float32)
    weight = torch.exp(-(taps**2) / (2 * sigma**2))
    weight = weight / weight.sum(-1, keepdim=True)
    padded = F.pad(x, (5, 5, 0, 0), mode="replicate")
    soft = sum(padded[..., i : i + x.shape[3]] * weight[..., i : i + 1] for i in range(11))
    padded = F.pad(soft, (0, 0, 5, 5), mode="replicate")
    soft = sum(padded[:, :, i : i + height] * weight[..., i : i + 1] for i in range(11))
    kind = torch.rand(n, 1, 1, 1, device=device)
    amount = torch.where(kind < 0.35, -1.0, torch.where(kind < 0.55, torch.rand_like(kind), 0.0))
    return x + (x - soft) * amount


# Quantisation of ITU T.81 annex K, luminance, and its mean over chrominance.
_QUANTA = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMA = 2.2


def _jpeg(x: Tensor) -> Tensor:
    """What JPEG of a random quality leaves of pictures whose sides are multiples of 8."""
    n, _, height, width = x.shape
    device = x.device
    r, g, b = x.unbind(1)
    luma = _LUMA[0] * r + _LUMA[1] * g + _LUMA[2] * b
    planes = torch.stack([luma, (b - luma) * 0.564, (r - luma) * 0.713], 1)
    k = torch.arange(8, device=device, dtype=torch.float32)
    basis = torch.cos((2 * k[None] + 1) * k[:, None] * math.pi / 16) * 0.5
    basis[0] = 1 / math.sqrt(8)
    blocks = planes.view(n, 3, height // 8, 8, width // 8, 8)
    waves = torch.einsum("ui,ncyixj,vj->ncyuxv", basis, blocks, basis)
    quanta = torch.tensor(_QUANTA, device=device, dtype=torch.float32).view(1, 1, 1, 8, 1, 8)
    plane = torch.tensor([1.0, _CHROMA, _CHROMA], device=device).view(1, 3, 1, 1, 1, 1)
    step = quanta * plane * torch.exp(torch.empty(n, 1, 1, 1, 1, 1, device=device).uniform_(-1.6, 0.7))
    waves = torch.round(waves / step) * step
    luma, blue, red = torch.einsum("ui,ncyuxv,vj->ncyixj", basis, waves, basis).reshape(n, 3, height, width).unbind(1)
    r, b = luma + red / 0.713, luma + blue / 0.564
    g = (luma - _LUMA[0] * r - _LUMA[2] * b) / _LUMA[1]
    return torch.stack([r, g, b], 1).clamp(0, 255)


def heat_maps(points: Tensor, height: int, width: int) -> Tensor:
    """Points (n,18,2) in pixels of the view -> (n,18,H/4,W/4) bumps of 1 at the joints, as augment.heat_maps."""
    sigma = bump(height)
    ys = torch.arange(height // 4, device=points.device)[None, None, :, None]
    xs = torch.arange(width // 4, device=points.device)[None, None, None]
    x, y = ((points[..., i, None, None] - 1.5) / 4 for i in (0, 1))
    maps = torch.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * sigma**2))
    shown = (points > -2).all(-1) & (points[..., 0] < width + 2) & (points[..., 1] < height + 2)
    return maps * shown[..., None, None]
