"""FASHN VTON 1.5 (2026): a rectified flow over pixels that needs no mask and no autoencoder.

Person and garment are two streams of one transformer (nets/fashn.py), told apart by a category and by DWPose's drawing
of each body. The person's photo is given whole; where a mask was painted, the hidden part is grey (their masked mode).
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tryon.events import Event
from tryon.parsing.dwpose import DWPose, WholeBodies
from tryon.spec import Component, Footprint, Peak, Runtime, TransferModel, TransferSpec, Weights
from tryon.transfer.diffusion import fashn_pictures as pictures
from tryon.transfer.diffusion.pictures import at_size, changed, kept_anyway
from tryon.transfer.diffusion.sampling import Noise, OnStep, Place, Step, dressing, placed
from tryon.types import Category, Dressed, Fitting, Garment, Mask, Pixels
from tryon.weights.fill import built, fill
from tryon.weights.layout import locate

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.fashn import FashnParams

REPO, FILE = "fashn-ai/fashn-vton-1.5", "model.safetensors"
POSE_REPO, DETECTOR, POSE = "fashn-ai/DWPose", "yolox_l.onnx", "dw-ll_ucoco_384.onnx"
SPEC = TransferSpec(
    name="fashn-vton",
    title="FASHN VTON 1.5",
    family="FASHN VTON",
    about="Needs no mask and may be used commercially: the new garment may leave the old one's outline.",
    licence="Apache-2.0",
    commercial=True,
    source="https://github.com/fashn-AI/fashn-vton-1.5",
    weights=(
        Weights(repo=REPO, files=(FILE,), gib=1.81),
        Weights(repo=POSE_REPO, files=(DETECTOR, POSE), gib=0.33),
    ),
    parameters=971_813_808,
    footprint=Footprint(
        components=(Component("transformer", "denoiser", 971_813_808),),
        denoise=Peak(megapixel=1.5),
        decode=Peak(),
        savings=frozenset({"model"}),
    ),
    reads=frozenset({"photo", "labels", "garments"}),
    sizes=((576, 864),),
    any_aspect=True,
    samples=4,
    stride=12,
    maskless=True,
    steps=(10, 50, 30),
    guidance=(1.0, 3.0, 1.5),
    rank=5,
    extra="gpu",
)
CATEGORIES: Mapping[Category, int] = {"top": 1, "bottom": 2, "dress": 3}  # 0: none
SHIFT = 1.5  # of the schedule towards the noisy end
PLAIN_LAST = 1  # steps at the end without guidance
PREVIEW_WIDTH = 288  # px


@dataclass(frozen=True)
class Shown:
    """What the network is shown, each one row (1, c, h, w) in -1..1, and how the person was fitted in."""

    person: Tensor
    person_pose: Tensor
    garment: Tensor
    garment_pose: Tensor
    padding: pictures.Padding

    @property
    def rows(self) -> tuple[Tensor, ...]:
        return self.person, self.person_pose, self.garment, self.garment_pose


@dataclass(frozen=True)
class Fashn:
    """The loaded system."""

    net: Any
    pose: DWPose | None  # None where poses are given
    place: Place

    def shown(
        self,
        person: Pixels,
        garment: Pixels,
        bodies: tuple[WholeBodies | None, WholeBodies | None],
        *,
        mask: NDArray[np.uint8] | None = None,
        garment_area: NDArray[np.bool_] | None = None,
    ) -> Shown:
        """Photos already shrunk to the network's longer side, and whole bodies in their pixels (None: nobody).

        `mask` (h, w) hides a part of the person; `garment_area` (h, w) is where a worn garment is.
        """
        drawings = [
            pictures.no_pose(*photo.shape[:2])
            if found is None
            else pictures.pose_drawing(photo.shape[0], photo.shape[1], found)
            for photo, found in zip((person, garment), bodies, strict=True)
        ]
        person = person if mask is None else pictures.masked_person(person, mask)
        garment = garment if garment_area is None else pictures.garment_alone(garment, garment_area)
        size = self.net.params.height, self.net.params.width
        seen, padding = pictures.fitted_in(person, *size)
        return Shown(
            person=_tensor(seen),
            person_pose=_tensor(pictures.fitted_in(drawings[0], *size, nearest=True)[0]),
            garment=_tensor(pictures.fitted_in(garment, *size)[0]),
            garment_pose=_tensor(pictures.fitted_in(drawings[1], *size, nearest=True)[0]),
            padding=padding,
        )

    def sample(
        self,
        shown: Shown,
        category: Category,
        *,
        steps: int,
        guidance: float,
        noise: Noise,
        on_step: OnStep,
        samples: int = 1,
        plain_last: int = PLAIN_LAST,
    ) -> Tensor:
        """Pictures (samples, 3, h, w) in about -1..1, float32.

        The last `plain_last` steps are not guided: the half that guidance needs is not computed then.
        """
        import torch

        params, dtype, device = self.net.params, self.net.proj_out.weight.dtype, self.place.device
        x = noise.draw("start", (samples, 3, params.height, params.width)).to(device)
        with_garment = [row.to(device, dtype).repeat(samples, 1, 1, 1) for row in shown.rows]
        without = [torch.zeros_like(row) for row in with_garment]
        ids = torch.full((samples,), CATEGORIES[category], device=device)
        doubled = [torch.cat(pair) for pair in zip(with_garment, without, strict=True)]
        doubled_ids = torch.cat([ids, torch.zeros_like(ids)])
        times = schedule(steps)
        with self.place.using(self.net):
            for index, (now, then) in enumerate(pairwise(times)):
                time = torch.full((samples,), now, dtype=dtype, device=device)
                noisy = x.to(dtype)
                if guidance == 1 or index >= steps - plain_last:
                    velocity = self.place.quickly("plain", self.net, noisy, time, *with_garment, ids).float()
                else:
                    rows = torch.cat([noisy] * 2), torch.cat([time] * 2), *doubled, doubled_ids
                    both = self.place.quickly("guided", self.net, *rows).float()
                    own, other = both.chunk(2)
                    velocity = other + guidance * (own - other)
                clean = x + (1 - now) * velocity
                x = x + (then - now) * velocity
                on_step(Step(index, steps, x, velocity, clean))
        return x


def schedule(steps: int, shift: float = SHIFT) -> list[float]:
    """Times of the steps and the end, 0 noise .. 1 picture: e / (e + (1/s - 1)) with e = exp(-shift), s evenly.

    In this order of operations; another one moves the picture by 2e-5 in float32.
    """
    import torch

    e = math.exp(-shift)
    even = torch.linspace(1, 0, steps + 1)
    times: list[float] = (e / (e + (1 / even - 1))).flip(0).tolist()
    return times


def load(runtime: Runtime) -> TransferModel:
    """Raises what the weights room raises."""
    system = open_system(runtime)
    pose = system.pose
    assert pose is not None

    def put_on(fitting: Fitting) -> Generator[Event, None, Dressed]:
        photo = fitting.person.photo.pixels

        def produce(on_step: OnStep) -> Pixels:
            shown = look_at(system, pose, fitting)
            found = system.sample(
                shown,
                fitting.category,
                steps=fitting.steps,
                guidance=fitting.guidance,
                noise=Noise(fitting.seed),
                on_step=on_step,
            )
            return at_size(pictures.cut_back(pictures.truncated_pixels(found), shown.padding)[0], photo)

        def settle(pixels: Pixels) -> Mask:
            return changed(photo, pixels, kept_anyway(fitting.person))

        return (
            yield from dressing(
                fitting, fitting.mask, produce, quick_picture, cleanup=system.place.give_back, settle=settle
            )
        )

    return put_on


def look_at(system: Fashn, pose: DWPose, fitting: Fitting) -> Shown:
    """An order as the network sees it. A garment that somebody wears is shown on grey, with its wearer's pose."""
    params = system.net.params
    side = max(params.height, params.width)
    person = pictures.shrunk(fitting.person.photo.pixels, side)
    garment = fitting.garments[0]
    cloth = pictures.shrunk(garment.photo.pixels, side)
    mask = None if fitting.mask is None else at_size(fitting.mask, person)
    return system.shown(
        person,
        cloth,
        (pose(person), pose(cloth) if garment.worn else None),
        mask=mask,
        garment_area=worn_area(garment, cloth),
    )


def worn_area(garment: Garment, picture: Pixels) -> NDArray[np.bool_] | None:
    """Where a worn garment is in its shrunk picture; None for one that nobody wears."""
    return at_size(garment.cutout, picture) > 127 if garment.worn else None


def quick_picture(clean: Tensor) -> Pixels:
    """(3, h, w) in -1..1 -> a small picture: what is foreseen is a picture already."""
    import torch.nn.functional as F

    scale = min(1.0, PREVIEW_WIDTH / clean.shape[-1])
    small = F.interpolate(clean[None], scale_factor=scale, mode="area") if scale < 1 else clean[None]
    return pictures.truncated_pixels(small)[0]


def open_system(runtime: Runtime, params: FashnParams | None = None, *, with_pose: bool = True) -> Fashn:
    """The network on its device, and DWPose. `params`: sizes of the file's network, the published ones if None."""
    import torch

    from tryon.nets.fashn import PUBLISHED, FashnTransformer, published_parts

    folders, dtype, title = locate(runtime), getattr(torch, runtime.dtype), runtime.spec.title
    net = fill(
        built(lambda: FashnTransformer(params or PUBLISHED)),
        [folders[REPO] / FILE],
        title=title,
        dtype=dtype,
        split=published_parts,
        unused=(r"^patch_mixer_token$",),  # in the file, never read
    )
    place = placed(runtime)
    place.home(net)
    pose = None
    if with_pose:
        files = (folders[POSE_REPO] / name for name in (DETECTOR, POSE))
        pose = DWPose.opened(*files, threads=runtime.threads, title=title)
    return Fashn(net=net, pose=pose, place=place)


def _tensor(picture: NDArray[np.uint8]) -> Tensor:
    """(h, w[, 3]) uint8 -> (1, c, h, w) in -1..1."""
    import torch

    return torch.from_numpy(np.atleast_3d(picture)).permute(2, 0, 1)[None] / 127.5 - 1
