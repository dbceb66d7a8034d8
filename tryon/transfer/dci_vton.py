"""DCI-VTON (Gou et al., ACM MM 2023): a garment that was warped first, and a diffusion model that makes it fit.

Paint-by-Example's network is started from the noised picture with the warped garment pasted in, sees that picture all
along, and is told the garment as one CLIP token. The published warper (PF-AFN's network, for research only) is used
where its weights are present and commercial use was not asked for; otherwise our own warp makes the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tryon.masking import cihp20
from tryon.spec import Component, Runtime, TransferModel, TransferSpec, Weights
from tryon.transfer.diffusion import ldm, models
from tryon.transfer.diffusion.footprints import footprint
from tryon.transfer.diffusion.guess import Guess, middle, strength_of
from tryon.transfer.diffusion.pictures import as_mask_tensor, as_tensor, body_parts_picture, garment_and_mask, padded
from tryon.transfer.diffusion.published import CLIP
from tryon.transfer.diffusion.sampling import Noise, OnStep, Step, drawn, latent_shape, placed
from tryon.transfer.diffusion.system import LatentSystem, dresser
from tryon.transfer.diffusion.vitonhd import agnostic_labels, agnostic_picture, merged_planes
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.layers import put_on as pieces_of
from tryon.transfer.warping.layers import worn_alone
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import Fitting, Mask, Pixels
from tryon.weights.files import read_shapes
from tryon.weights.fill import built, fill
from tryon.weights.layout import locate
from tryon.weights.rules import Parted, Rules

if TYPE_CHECKING:
    from torch import Tensor

REPO, PAGE = "bcmi/DCI-VTON-Virtual-Try-On", "https://github.com/bcmi/DCI-VTON-Virtual-Try-On"
WARPER = Weights(
    repo=REPO,
    files=("warp_viton.pth",),
    page=PAGE,
    optional=True,
    note="PF-AFN's licence: research and education only. Without this file our own warp takes its place.",
)
SPEC = TransferSpec(
    name="dci-vton",
    title="DCI-VTON (tops)",
    family="DCI-VTON",
    about="Tops only: the garment is warped first, so that large prints keep their form.",
    licence="MIT, weights from CreativeML-OpenRAIL-M",
    commercial=True,
    source="https://arxiv.org/abs/2308.06101",
    weights=(
        Weights(
            repo=REPO,
            files=("viton512.ckpt",),
            page=PAGE,
            note="Trained on VITON-HD, whose own terms are for research.",
        ),
        replace(CLIP, files=("config.json",), gib=0.01),
        WARPER,
    ),
    parameters=1_310_140_139,
    # The published warper's 0.1 GiB, where it is here, are within the reserve.
    footprint=footprint(859_535_364, Component("exemplar", "image", 366_950_912)),
    reads=frozenset({"photo", "labels", "keypoints", "parts", "mask", "garments", "prompt"}),
    sizes=((384, 512),),
    guessed=True,
    samples=4,
    stride=8,
    steps=(20, 100, 100),
    guidance=(1.0, 5.0, 1.0),
    categories=("top",),
    rank=64,
    extra="gpu",
)
EXEMPLAR_SIDE = 224
EXEMPLAR_MARGIN = 0.15  # around the garment; drawn from 0.10 to 0.20 upstream
WARP_SIZE = (192, 256)  # width, height at which the published warper looks for the flow
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # CLIP's
OTHER_PARTS = (r"^model\.diffusion_model\.", r"^first_stage_model\.", r"^vgg\.", r"^logvar$", r"^lvlb_weights$",
               r"^(sqrt_|log_|posterior_|alphas_|betas$)")  # fmt: skip
EXEMPLAR: Rules = (
    (r"^cond_stage_model\.transformer\.(vision_model\.)?", "clip."),
    (r"^cond_stage_model\.mapper\.resblocks\.(\d+)\.", r"blocks.\1."),
    (r"^cond_stage_model\.final_ln\.", "norm."),
    (r"^proj_out\.", "proj."),
    (r"^learnable_vector$", "nothing"),
    (r"\.attn\.c_proj\.", ".attn1.to_out.0."),
    (r"\.ln_1\.", ".norm1."),
    (r"\.ln_2\.", ".norm3."),
    (r"\.mlp\.c_fc\.", ".ff.net.0.proj."),
    (r"\.mlp\.c_proj\.", ".ff.net.2."),
)
EXEMPLAR_PARTED: Parted = ((".attn.c_qkv.", (".attn1.to_q.", ".attn1.to_k.", ".attn1.to_v.")),)
SCHEDULE = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "set_alpha_to_one": False,
    "steps_offset": 1,
}
FIRST_TIME = 999  # of the noise on the picture that sampling starts from
SCALE = 0.18215  # of the latents


@dataclass(frozen=True)
class Pictures:
    """What the sampler sees of a person, all (n, c, H, W), in -1..1 where they are pictures."""

    inpaint: Tensor  # the warped garment in the photo, bare arms greyed
    pasted: Tensor  # the warped garment in the photo
    keep: Tensor  # (n, 1, H, W): 1 where the photo stays

    def times(self, samples: int) -> Pictures:
        """Each so often."""
        return Pictures(*(rows.repeat(samples, 1, 1, 1) for rows in (self.inpaint, self.pasted, self.keep)))


@dataclass(frozen=True, kw_only=True)
class DciVton(LatentSystem):
    """The loaded system."""

    unet: Any
    exemplar: Any
    warper: Any  # FlowWarper, or None: our own warp

    def sample(
        self,
        pictures: Pictures,
        garment: Tensor,
        *,
        steps: int,
        guidance: float,
        noise: Noise,
        on_step: OnStep,
        samples: int = 1,
        guess: Guess | None = None,
    ) -> Tensor:
        """Unscaled latents (n samples, 4, h, w). garment: (n, 3, 224, 224) as CLIP normalises it.

        Upstream's start is a guess already: the pasted garment, noised as far as noise goes. With another guess the
        last part of the steps is run from that. PLMS evaluates its first step twice, which is told as one.
        """
        import torch

        from tryon.nets.latents import foreseen
        from tryon.nets.reference_attention import guided

        latents, start, fixed = self._conditions(pictures.times(samples), noise)
        times, repeats = self._times(steps, strength_of(guess))
        with self.place.using(self.vae):
            clean = middle(self.vae, guess)
        if clean is not None:
            latents = self.scheduler.add_noise(clean.to(start).expand_as(start), start, times[:1])
        with self.place.using(self.exemplar):
            told = self.exemplar(garment.to(self.place.device, self.exemplar.proj.weight.dtype)).repeat(samples, 1, 1)
            nothing = self.exemplar.nothing.to(told).repeat(len(told), 1, 1)
        doubled = guidance != 1
        context = torch.cat([nothing, told]) if doubled else told
        with self.place.using(self.unet):
            for index, time in enumerate(times):
                joined = torch.cat([latents, fixed], dim=1)
                joined = torch.cat([joined] * (2 if doubled else 1)).to(self.unet.dtype)
                raw = self.unet(joined, time, encoder_hidden_states=context.to(joined)).sample.float()
                prediction = guided(raw, guidance, "unconditional_first") if doubled else raw
                clean = foreseen(latents, prediction, self.scheduler.alphas_cumprod[time])
                latents = self.scheduler.step(prediction, time, latents).prev_sample
                if index >= repeats:
                    on_step(Step(index - repeats, len(times) - repeats, latents, prediction, clean))
        return latents / SCALE

    def warped(self, garment: Tensor, mask: Tensor, planes: Tensor, parts: Tensor) -> tuple[Tensor, Tensor]:
        """The published warp: garment (n, 3, H, W) in -1..1 and its mask (n, 1, H, W) as they lie on the person.

        planes: (n, 13, H, W) the person's merged labels without the old top; parts: (n, 3, H, W) DensePose's picture.
        """
        with self.place.using(self.warper):
            here = [value.to(self.place.device) for value in (garment, mask, planes, parts)]
            return warp(self.warper, here[0], here[1], here[2], here[3], WARP_SIZE)

    def _conditions(self, pictures: Pictures, noise: Noise) -> tuple[Tensor, Tensor, Tensor]:
        """The first latents, their noise, and what the UNet sees beside them; drawn in upstream's order."""
        import torch
        import torch.nn.functional as F

        shape = latent_shape(self.vae, pictures.inpaint)
        with self.place.using(self.vae):
            seen = drawn(self.vae, pictures.inpaint, noise.draw("inpaint", shape)) * SCALE
            pasted = drawn(self.vae, pictures.pasted, noise.draw("pasted", shape)) * SCALE
        # Resized by bilinear interpolation without antialiasing, so the mask has soft edges here and only here.
        keep = F.interpolate(pictures.keep.to(seen), size=shape[-2:], mode="bilinear", align_corners=False)
        start = noise.draw("start", shape).to(seen)
        latents = self.scheduler.add_noise(pasted, start, torch.tensor([FIRST_TIME]))
        return latents, start, torch.cat([seen, keep], dim=1)

    def _times(self, steps: int, strength: float = 1.0) -> tuple[Tensor, int]:
        """The last `strength` of the timesteps, as latent diffusion's samplers count them: every (1000 // steps)-th,
        which is one more than asked for where steps do not divide 1000; and how many of them repeat the first."""
        import torch

        self.scheduler.set_timesteps(steps)
        total = self.scheduler.config.num_train_timesteps
        all_times = [time + 1 for time in range(0, total, total // steps) if time + 1 < total]
        downwards = all_times[::-1][len(all_times) - max(1, round(len(all_times) * strength)) :]
        # PLMS evaluates again where its first step led, and takes that step once more.
        repeats = min(len(self.scheduler.timesteps) - steps, len(downwards) - 1)
        return torch.tensor(downwards[: 1 + repeats] + downwards[1:]), repeats


def warp(
    net: Any, garment: Tensor, mask: Tensor, planes: Tensor, parts: Tensor, size: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Garment and mask looked up through the flow, which is found at `size` (width, height) and enlarged."""
    import torch.nn.functional as F

    from tryon.nets.flow_warper import as_grid, looked_up

    flow = flow_of(net, garment, planes, parts, size)
    grid = as_grid(F.interpolate(flow, size=garment.shape[-2:], mode="bilinear", align_corners=False))
    return looked_up(garment, grid), looked_up(mask, grid, outside="zeros")


def flow_of(net: Any, garment: Tensor, planes: Tensor, parts: Tensor, size: tuple[int, int]) -> Tensor:
    """(n, 2, height, width): where the garment on the person comes from, in -1..1."""
    import torch
    import torch.nn.functional as F

    small = size[1], size[0]
    body = F.interpolate(planes, size=small, mode="nearest")
    shape = F.interpolate(parts, size=small, mode="bilinear", align_corners=False)
    cloth = F.interpolate(garment, size=small, mode="bilinear", align_corners=False)
    return net(torch.cat([body, shape], dim=1), cloth).float()


def load(runtime: Runtime) -> TransferModel:
    """Loads the system. Raises what the weights room raises."""
    system = open_system(runtime)
    return dresser(
        system,
        lambda fitting, mask: prepared(system, fitting, mask),
        "dci_vton",
        guessed=lambda pixels: _square(as_tensor(pixels)),
        finish=lambda pixels, photo: squeezed(pixels, photo.width, photo.height),
    )


def prepared(system: DciVton, fitting: Fitting, mask: Mask) -> tuple[Pictures, Tensor]:
    """A sampler's pictures (1, c, h, h), 3:4 pictures squeezed into squares, and the garment for CLIP."""
    import torch

    person = fitting.person
    photo, labels = person.photo, cihp20(person.labels)
    points = np.where(person.keypoints[:, 2:] > 0, person.keypoints[:, :2], 0).astype(np.float32)
    cloth, cutout = (padded(picture, photo.width, photo.height) for picture in garment_and_mask(fitting.garments[0]))
    without = agnostic_labels(labels, points)
    if system.warper is None:
        rgb, alpha = our_warp(fitting)
        warped, share = as_tensor(np.rint(rgb).astype(np.uint8)), torch.from_numpy(alpha)[None, None]
    else:
        parts = as_tensor(body_parts_picture(person.parts))
        planes = torch.from_numpy(merged_planes(without))[None]
        garment = as_tensor(np.asarray(cloth)), as_mask_tensor(np.asarray(cutout))
        warped, share = (value.cpu() for value in system.warped(*garment, planes, parts))
    keep = 1 - as_mask_tensor(mask)
    pasted = warped * share * (1 - keep) + as_tensor(photo.pixels) * keep
    hands = torch.from_numpy(np.isin(without, (14, 15)).astype(np.float32))[None, None]
    agnostic = as_tensor(agnostic_picture(photo.pixels, labels, points))
    pictures = Pictures(
        inpaint=_square(pasted * (1 - hands) + agnostic * hands), pasted=_square(pasted), keep=_square(keep, "nearest")
    )
    return pictures, exemplar(np.asarray(cloth), np.asarray(cutout))


def our_warp(fitting: Fitting) -> tuple[Any, Any]:
    """The garment laid on the person by the embedded engine: rgb (h, w, 3) 0..255 and alpha (h, w) 0..1, float32."""
    body = read_body(fitting.person)
    regions = read_regions(fitting.person, body)
    layers = pieces_of(fitting.garments[0], fitting.category, body, regions, read_wishes(fitting.prompt))
    rgb, alpha = worn_alone(layers)
    return rgb, alpha.astype(np.float32)


def exemplar(cloth: Pixels, cutout: Mask) -> Tensor:
    """(1, 3, 224, 224): the garment on white (h, w, 3), cropped to its cut-out (h, w) and a margin, for CLIP."""
    import torch
    import torch.nn.functional as F

    side = len(cloth)
    square = squeezed(cloth, side, side)
    mask = np.asarray(Image.fromarray(cutout).resize((side, side), Image.Resampling.NEAREST))
    spans = []
    for axis in (1, 0):
        inside = np.flatnonzero(mask.max(axis=axis) >= 128)
        low, high = (int(inside[0]), int(inside[-1])) if inside.size else (0, side - 1)
        grown = EXEMPLAR_MARGIN, (low + high) // 2
        first = max(int(low * (1 + grown[0]) - grown[1] * grown[0]), 0)
        spans.append((first, min(int(high * (1 + grown[0]) - grown[1] * grown[0] + 1), side)))
    (top, bottom), (left, right) = spans
    values = torch.from_numpy(square[top:bottom, left:right].copy()).permute(2, 0, 1)[None].float() / 255
    values = F.interpolate(values, size=(EXEMPLAR_SIDE,) * 2, mode="bilinear", align_corners=False)
    mean, deviation = (torch.tensor(value)[None, :, None, None] for value in (MEAN, DEVIATION))
    return (values - mean) / deviation


def squeezed(pixels: Pixels, width: int, height: int) -> Pixels:
    """A picture at another aspect, by PIL's bilinear filter as upstream's pictures are."""
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def _square(values: Tensor, mode: str = "bilinear") -> Tensor:
    import torch.nn.functional as F

    corners = {} if mode == "nearest" else {"align_corners": False}
    return F.interpolate(values.float(), size=(values.shape[-2],) * 2, mode=mode, **corners)


def open_system(runtime: Runtime) -> DciVton:
    """The networks on their device; the published warper where it is here and may be used."""
    import torch
    from diffusers import PNDMScheduler

    title, folders, dtype = runtime.spec.title, locate(runtime), getattr(torch, runtime.dtype)
    root, place = folders[REPO], placed(runtime)
    file = root / SPEC.weights[0].files[0]
    commercial = runtime.settings is not None and runtime.settings.commercial_only
    warping = root / WARPER.files[0]
    return DciVton(
        unet=place.home(ldm.unet(file, title=title, dtype=dtype)),
        vae=place.home(ldm.autoencoder(file, title=title, dtype=dtype)),
        exemplar=place.home(exemplar_encoder(file, folders[CLIP.repo], title, dtype)),
        scheduler=PNDMScheduler(skip_prk_steps=True, **SCHEDULE),
        warper=place.home(flow_warper(warping, title)) if warping.is_file() and not commercial else None,
        place=place,
    )


def exemplar_encoder(file: Path, clip: Path, title: str, dtype: Any) -> Any:
    """CLIP's picture tower with Paint-by-Example's mapper behind it, from the one checkpoint."""
    from tryon.nets.exemplar import ExemplarEncoder

    shapes = read_shapes(file, title=title)
    tower = models.empty_image_tower(clip, title=title)
    blocks = {key.split(".")[3] for key in shapes if key.startswith("cond_stage_model.mapper.resblocks.")}
    out, width = shapes.get("proj_out.weight", (0, tower.config.hidden_size))
    module = built(lambda: ExemplarEncoder(tower, width=width, depth=len(blocks), out=out))
    return fill(module, [file], title=title, dtype=dtype, rules=EXEMPLAR, parted=EXEMPLAR_PARTED, unused=OTHER_PARTS)


def flow_warper(file: Path, title: str) -> Any:
    """The published warper, in float32: its flow is in pixels."""
    import torch

    from tryon.nets.flow_warper import FlowWarper

    net = models.sized(FlowWarper.like, read_shapes(file, title=title), title)
    # A filter that only training uses is no weight.
    return fill(net, [file], title=title, dtype=torch.float32, unused=(r"^aflow_net\.weight$",))
