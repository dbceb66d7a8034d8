"""ViViD (Fang et al., 2024): a garment put on in every frame of a clip, or in one still.

The denoiser is Stable Diffusion's UNet with motion modules (AnimateDiff's form, one in the middle too). It reads noise,
greyed frames and masks, is led by pictures of the body's parts, and reads the garment by reference attention from a
second UNet that looks once. Longer clips are denoised in windows that overlap in a closed loop.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tryon.events import Event
from tryon.masking import agnostic_mask
from tryon.parsing.footage import person_at
from tryon.spec import ClipModel, Component, Footprint, Peak, Runtime, TransferSpec, Weights
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.footprints import DECODE, SAVINGS
from tryon.transfer.diffusion.footprints import VAE as AUTOENCODER
from tryon.transfer.diffusion.kept import Kept, drawn_once
from tryon.transfer.diffusion.pictures import (
    as_doubled_tensor,
    as_mask_tensor,
    as_pixels,
    body_parts_picture,
    dressed,
    feathered,
    garment_and_mask,
    padded,
)
from tryon.transfer.diffusion.published import VAE
from tryon.transfer.diffusion.sampling import Noise, OnStep, Step, drawn, placed, reported
from tryon.transfer.diffusion.system import CoupledSystem, dresser, options
from tryon.types import ClipFitting, Dressed, Fitting, Mask, Person, Pixels
from tryon.weights.files import read_shapes
from tryon.weights.fill import fill
from tryon.weights.layout import also, locate
from tryon.weights.rules import Rules

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.reference_attention import ReferenceAttention

REPO = "alibaba-yuanjing-aigclab/ViViD"
BASE = Weights(repo="lambdalabs/sd-image-variations-diffusers", files=("unet/config.json", "image_encoder/*"), gib=1.2)
MOTION = Weights(
    repo="guoyww/animatediff",
    files=("mm_sd_v15_v2.ckpt",),
    optional=True,
    note="AnimateDiff's motion modules (1.8 GB) are fetched too where the published denoiser comes without them.",
)
SPEC = TransferSpec(
    name="vivid",
    title="ViViD (clips and photos)",
    family="ViViD",
    about="Dresses a whole clip of a person, steady from frame to frame; photos too.",
    licence="Apache-2.0 code, weights from CreativeML-OpenRAIL-M",
    commercial=True,
    source="https://arxiv.org/abs/2405.11794",
    weights=(
        Weights(
            repo=REPO, files=("denoising_unet.pth", "reference_unet.pth", "pose_guider.pth"), gib=8.1,
            note="Trained on its authors' own clips, VITON-HD and DressCode, whose terms are for research.",
        ),
        BASE,
        VAE,
        MOTION,
    ),
    parameters=2_517_000_315,
    footprint=Footprint(
        # The two UNets, the pose guider and CLIP's tower are on the card together.
        components=(Component("denoiser", "denoiser", 2_433_346_452), AUTOENCODER),
        # Counted with shapes alone: 2.29 GiB for a window of 24 frames, both halves of guidance. A frame's latents and
        # its body's features stay for the whole clip.
        denoise=Peak(fixed=0.3, frame=0.005, volume=0.6, window=24),
        decode=DECODE,
        savings=SAVINGS,
    ),
    reads=frozenset({"photo", "labels", "keypoints", "parts", "mask", "garments"}),
    sizes=((384, 512),),
    stride=8,
    clips=True,
    samples=4,
    steps=(10, 50, 20),
    guidance=(1.0, 7.5, 3.5),
    rank=38,
    extra="gpu",
)  # fmt: skip
WINDOW, OVERLAP = 24, 4  # frames
GREY = 126  # what the masked part of a frame is filled with
WHITE = 0.875  # of 255: a mask's pixel from this grey up is repainted (normalised twice, then cut at a half)
CLIP_SIDE = 224  # px, to which the garment is squeezed before CLIP's own preparation
SCALE = 0.18215  # of the latents
SCHEDULE = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "linear",
    "clip_sample": False,
    "steps_offset": 1,
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
}
MOTION_KEYS: Rules = (
    (r"^module\.", ""),
    (r"\.attention_blocks\.0\.pos_encoder\.pe$", ".pos_embed.pe"),
    (r"\.temporal_transformer\.", "."),
    (r"\.attention_blocks\.0\.", ".attn1."),
    (r"\.attention_blocks\.1\.", ".attn2."),
    (r"\.norms\.0\.", ".norm1."),
    (r"\.norms\.1\.", ".norm2."),
    (r"\.ff_norm\.", ".norm3."),
)
# The denoiser's text step, computed upstream and never used; and the sines of the places a second time.
UNUSED = (r"^(?!.*motion_modules).*\.attn2\.", r"\.attention_blocks\.1\.pos_encoder\.pe$")


@dataclass(frozen=True)
class Frames:
    """What the sampler sees of a clip: (f, c, H, W)."""

    agnostic: Tensor  # 3, -1..1: the frames with grey where they are repainted
    mask: Tensor  # 1: 1 is repainted
    parts: Tensor  # 3, 0..1: the body's parts in colours


@dataclass(frozen=True)
class Cloth:
    """What the sampler sees of a garment."""

    picture: Tensor  # (1, 3, H, W) in -1..1
    mask: Tensor  # (1, 1, H, W)
    seen: Tensor  # (1, 3, side, side) as CLIP normalises it


@dataclass(frozen=True, kw_only=True)
class Vivid(CoupledSystem):
    """The loaded system: a garment UNet of 5 channels and a UNetMotionModel of 9."""

    guider: Any
    image: Any
    prepare: Any  # CLIP's picture preparation
    hint: Any  # Hint of the person UNet

    def cloth(self, picture: Image.Image, mask: Image.Image, width: int, height: int) -> Cloth:
        """A garment (RGB) and its cut-out ("L") as the sampler sees them, squeezed to the frames' size."""
        small = picture.resize((CLIP_SIDE, CLIP_SIDE))
        return Cloth(
            picture=as_doubled_tensor(squeezed(picture, width, height)),
            mask=as_mask_tensor(squeezed(mask, width, height), WHITE),
            seen=self.prepare(images=small, return_tensors="pt").pixel_values,
        )

    def sample(
        self,
        frames: Frames,
        cloth: Cloth,
        *,
        steps: int,
        guidance: float,
        noise: Noise,
        on_step: OnStep,
        window: int = WINDOW,
        overlap: int = OVERLAP,
        kept: Kept | None = None,
    ) -> Tensor:
        """Unscaled latents (f, 4, h, w). `kept`: of earlier runs; the garment UNet looks at a draw of the seed, so what
        is kept ends before it."""
        import torch

        from tryon.nets.latents import foreseen_by_velocity
        from tryon.nets.motion import windows
        from tryon.nets.reference_attention import guided

        order = self.attention.switches.order
        latents, fixed, garment = self._conditions(frames, cloth, noise, kept)
        self.scheduler.set_timesteps(steps)
        parts = list(windows(latents.shape[2], window, overlap))
        with self.place.using(self.garment, self.person, self.guider, self.image):
            body = torch.cat([self._led(frames.parts[i : i + 1]) for i in range(len(frames.parts))])
            self._look(garment, cloth, kept)
            for index, time in enumerate(self.scheduler.timesteps):
                joined = torch.cat([latents, fixed], dim=1)
                total = torch.zeros(2, *latents.shape[1:]).to(latents)
                count = torch.zeros(latents.shape[2]).to(latents)
                for at in parts:
                    total[:, :, at] += self._predicted(joined[:, :, at], body[at], time)
                    count[at] += 1
                prediction = guided(total / count[:, None, None], guidance, order)
                clean = foreseen_by_velocity(latents, prediction, self.scheduler.alphas_cumprod[time])
                latents = self.scheduler.step(prediction, time, latents).prev_sample
                on_step(Step(index, steps, latents, prediction, clean[:, :, 0]))
            self.free()
        return latents[0].transpose(0, 1) / SCALE

    def free(self) -> None:
        """Gives back what a run held."""
        self.hint.features = None
        super().free()

    def _led(self, parts: Tensor) -> Tensor:
        """A frame's body as features: one at a time, a clip's would fill a card."""
        found: Tensor = self.guider(parts.to(self.place.device, self.guider.conv_in.weight.dtype))
        return found

    def _predicted(self, joined: Tensor, body: Tensor, time: Tensor) -> Tensor:
        """(1, 9, frames, h, w) -> (2, 4, frames, h, w), unconditional half first."""
        import torch

        both = torch.cat([joined] * 2).to(self.person.dtype)
        self.hint.features = torch.cat([body] * 2)
        words = both.new_zeros(2, 1, 1)  # nothing reads words here
        found: Tensor = self.person(both, time, encoder_hidden_states=words).sample.float()
        return found

    def _look(self, garment: Tensor, cloth: Cloth, kept: Kept | None = None) -> None:
        """The garment UNet looks once, at time 0, told the garment as CLIP sees it."""

        def embedded() -> dict[str, Tensor]:
            return {"seen": self.image(cloth.seen.to(self.place.device, self.image.dtype)).image_embeds[:, None]}

        seen = (kept or Kept(self.place)).once("seen", (cloth.seen,), embedded)["seen"]
        self.attention.look(garment.to(self.garment.dtype), 0, seen.to(self.garment.dtype))

    def _conditions(
        self, frames: Frames, cloth: Cloth, noise: Noise, kept: Kept | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The first latents (1, 4, f, h, w), what stands beside them (1, 5, f, h, w), and the garment UNet's input (1,
        5, h, w). The noise is drawn in upstream's order; frames go through the autoencoder one by one."""
        import torch

        from tryon.nets.latents import shrunk

        count, _, height, width = frames.agnostic.shape
        shrink = 2 ** (len(self.vae.config.block_out_channels) - 1)
        shape = (1, self.vae.config.latent_channels, height // shrink, width // shrink)
        start = noise.draw("start", (*shape[:2], count, *shape[2:])).to(self.place.device)
        with self.place.using(self.vae):
            garment = drawn_once(self.vae, cloth.picture, noise.draw("garment", shape), kept) * SCALE
            draws = noise.draw("frames", (count, *shape[1:]))
            seen = torch.cat([drawn(self.vae, frames.agnostic[i : i + 1], draws[i : i + 1]) for i in range(count)])
        seen = seen * SCALE
        beside = torch.cat([seen, shrunk(frames.mask.to(seen), seen)], dim=1).transpose(0, 1)[None]
        garment = torch.cat([garment, shrunk(cloth.mask.to(garment), garment)], dim=1)
        return start * self.scheduler.init_noise_sigma, beside, garment


def squeezed(picture: Image.Image, width: int, height: int) -> Any:
    """A picture at the frames' size whatever its aspect, by Lanczos as diffusers resizes."""
    if picture.size == (width, height):
        return np.asarray(picture)
    return np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS))


def frames_of(people: list[tuple[Pixels, Person | None, Mask]]) -> Frames:
    """What the sampler sees of frames: their pixels, who is in them, and what is repainted (h, w) 0..255."""
    import torch

    agnostic, masks, parts = [], [], []
    for pixels, person, mask in people:
        agnostic.append(as_doubled_tensor(np.where(mask[..., None] > 127, np.uint8(GREY), pixels)))
        masks.append(as_mask_tensor(mask, WHITE))
        labels = np.zeros(mask.shape, np.uint8) if person is None else person.parts
        parts.append((as_doubled_tensor(body_parts_picture(labels, "viridis")) + 1) / 2)
    return Frames(agnostic=torch.cat(agnostic), mask=torch.cat(masks), parts=torch.cat(parts))


def load(runtime: Runtime) -> ClipModel:
    """Loads the system. Raises what the weights room raises."""
    return Dresser(open_system(runtime))


class Dresser:
    """ViViD as the product runs it."""

    def __init__(self, system: Vivid) -> None:
        self.system, self.kept = system, Kept(system.place)

    def __call__(self, fitting: Fitting) -> Generator[Event, None, Dressed]:
        """One still."""

        def shown(fitting: Fitting, mask: Mask) -> tuple[Any, ...]:
            frames = frames_of([(fitting.person.photo.pixels, fitting.person, mask)])
            return frames, self._cloth(fitting)

        return (yield from dresser(self.system, shown, "vivid", kept=self.kept)(fitting))

    def dress_clip(self, task: ClipFitting) -> Iterator[Event | Dressed]:
        """Every frame of a clip: all are denoised together, then they are decoded and come one by one."""
        import torch

        from tryon.nets.latents import SD15_RGB, quick_picture

        still, system = task.still, self.system
        seen = [self._frame(task, index) for index in range(len(task.footage.clip.frames))]
        first = feathered(seen[0][2])

        def denoised(on_step: OnStep) -> Tensor:
            return system.sample(frames_of(seen), self._cloth(still), **options(still, on_step), kept=self.kept)

        def quick(clean: Tensor) -> Pixels:
            return quick_picture(clean, SD15_RGB)

        latents = yield from reported(seen[0][0], denoised, quick, first, cleanup=system.free, stage="video")
        for index, (pixels, person, mask) in enumerate(seen):
            with torch.inference_mode():
                picture = as_pixels(system.decode(latents[index : index + 1]))[0]
            alpha = feathered(mask) if person is not None else np.zeros_like(mask)
            yield dressed(pixels, picture, alpha)

    def _frame(self, task: ClipFitting, index: int) -> tuple[Pixels, Person | None, Mask]:
        """A frame, who is in it, and what is repainted."""
        pixels, person = task.footage.clip.frames[index], person_at(task.footage, index)
        if person is None:
            return pixels, None, np.zeros(pixels.shape[:2], np.uint8)
        return pixels, person, agnostic_mask(person, task.still.garments, task.still.category)

    def _cloth(self, fitting: Fitting) -> Cloth:
        size = fitting.person.photo.width, fitting.person.photo.height
        picture, mask = (padded(part, *size) for part in garment_and_mask(fitting.garments[0]))
        return self.system.cloth(picture, mask, *size)


def attention_between(garment: Any, person: Any) -> ReferenceAttention:
    """The two UNets coupled as their authors couple them."""
    from tryon.nets.reference_attention import ReferenceAttention, Switches

    switches = Switches(
        tap="norm_output", normalise=False, unconditional="itself", order="unconditional_first", additive=True
    )
    return ReferenceAttention(garment, person, switches)


def open_system(runtime: Runtime) -> Vivid:
    """The networks on their device."""
    import torch
    from diffusers import DDIMScheduler

    from tryon.nets.motion import Hint

    title, folders, dtype = runtime.spec.title, locate(runtime), getattr(torch, runtime.dtype)
    root, base = folders[REPO], folders[BASE.repo]
    place = placed(runtime)
    garment = place.home(garment_unet(base / "unet", root / "reference_unet.pth", title, dtype))
    person = place.home(person_unet(base / "unet", denoiser_files(runtime, root / "denoising_unet.pth"), title, dtype))
    image = place.home(models.image_encoder(base / "image_encoder", title=title, dtype=dtype))
    return Vivid(
        garment=garment,
        person=person,
        guider=place.home(pose_guider(root / "pose_guider.pth", title, dtype)),
        vae=place.home(models.autoencoder(folders[VAE.repo], title=title, dtype=dtype)),
        image=image,
        prepare=models.image_processor(base / "image_encoder", image, title=title),
        scheduler=DDIMScheduler(**SCHEDULE),
        attention=attention_between(garment, person),
        hint=Hint(person),
        place=place,
    )


def denoiser_files(runtime: Runtime, file: Path) -> list[Path]:
    """The published denoiser, and AnimateDiff's motion modules where it comes without them."""
    if any("motion_modules" in key for key in read_shapes(file, title=runtime.spec.title)):
        return [file]
    return [file, also(runtime, MOTION) / MOTION.files[0]]


def garment_unet(folder: Path, file: Path, title: str, dtype: Any) -> Any:
    """The garment UNet: five channels in, and no end, because nothing behind its last tap is used."""
    from torch import nn

    unet = models.empty_unet(folder, title=title, in_channels=5)
    unet.conv_norm_out, unet.conv_out = None, nn.Identity()
    return fill(unet, [file], title=title, dtype=dtype)


def person_unet(folder: Path, files: list[Path], title: str, dtype: Any) -> Any:
    """The denoiser: motion modules everywhere that normalise each frame, and no second attention in its blocks."""
    from tryon.nets.motion import normed_per_frame
    from tryon.nets.passing import without_second_step

    unet = without_second_step(models.empty_motion_unet(folder, title=title, in_channels=9))
    return normed_per_frame(fill(unet, files, title=title, dtype=dtype, rules=MOTION_KEYS, unused=UNUSED))


def pose_guider(file: Path, title: str, dtype: Any) -> Any:
    """The small network that reads the body's parts."""
    from tryon.nets.motion import PoseGuider

    shapes = read_shapes(file, title=title)
    return fill(models.sized(PoseGuider.like, shapes, title), [file], title=title, dtype=dtype)
