"""Mochi 1 (Genmo 2024, https://github.com/genmoai/mochi) held to a picture, though it was trained on text alone.

Genmo never published image conditioning. Two holds that need no training are laid on the text-to-video pipeline: the
first frame of the latents is kept on the straight path from its noise to the picture's latents in every step, so that
the film begins with exactly the picture; and sampling starts not from pure noise but from the picture, repeated, with
most of it noise (SDEdit, Meng et al. 2022). The sampled frames are told only by that and by the words what the picture
shows: they may drift from it. Without the picture the person and the garment would be lost, so there is no mode
without.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.calls import encoded_picture, pictured
from tryon.video.diffusion.decoding import fetched, normalised, unnormalised
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with

if TYPE_CHECKING:
    from torch import Tensor

SHARE = 0.25  # of the picture in what sampling starts from; the rest is noise
SPEC = VideoSpec(
    name="mochi-1",
    title="Mochi 1 (picture start, experimental)",
    family="Mochi",
    about="A text-to-video model held to your picture by a trick, not trained for it: later frames may drift.",
    licence="Apache-2.0",
    commercial=True,
    source="https://github.com/genmoai/mochi",
    weights=(
        Weights(
            repo="genmo/mochi-1-preview",
            # The denoiser in halves; the same again in full, and the authors' own files, are left there.
            files=("model_index.json", "*/*.json", "transformer/*.bf16*", "text_encoder/*", "vae/*", "tokenizer/*"),
            gib=40.0,
        ),
    ),
    footprint=Footprint(
        components=(
            Component("transformer", "denoiser", 10_027_677_744, kept=0.28),
            Component("text_encoder", "text", 4_762_310_656),
            Component("vae", "vae", 459_748_611),
        ),
        denoise=Peak(volume=0.132),
        decode=Peak(megapixel=18.0),
        savings=frozenset({"fp8", "int8", "model", "group", "sequential"}),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=80,
    extra="gpu",
    sizes=((480, 640), (480, 848), (720, 1280)),
    stride=16,
    max_area=480 * 848,
    frame_rule=(6, 1),
    frames=(7, 163),
    fps=(15, 30, 30),
    native_fps=30,
    steps=(10, 100, 64),
    guidance=(1.0, 10.0, 4.5),
    prompting=Prompting(tokens=256),
    clamps_first=True,
)


def load(runtime: Runtime) -> VideoModel:
    """Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def prepared(pipe: Any, shot: Shot) -> None:
    """A schedule that starts with SHARE of the picture: the pipeline always gives its own, which is pressed into the
    noise that is left."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    class FromPicture(FlowMatchEulerDiscreteScheduler):  # type: ignore[misc]
        def set_timesteps(
            self, num_inference_steps: int | None = None, device: Any = None, sigmas: Any = None, **words: Any
        ) -> None:
            super().set_timesteps(num_inference_steps, device, [(1 - SHARE) * sigma for sigma in sigmas], **words)

    pipe.scheduler = FromPicture.from_config(pipe.scheduler.config)


def arguments(pipe: Any, shot: Shot) -> dict[str, Any]:
    import torch

    picture = first_frame(pipe, shot)[None, :, None]
    count = (shot.frames - 1) // pipe.vae.temporal_compression_ratio + 1
    generator = torch.Generator("cpu").manual_seed(shot.scene.seed)
    noise = torch.randn(*picture.shape[:2], count, *picture.shape[3:], generator=generator).to(picture)

    def hold(pipe: Any, index: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Brings the first frame back on its path. Mochi's sigmas are the share of the picture, 0..1."""
        share = float(pipe.scheduler.sigmas[index + 1])
        held = share * picture + (1 - share) * noise[:, :, :1]
        latents = values["latents"]
        return {"latents": torch.cat([held.to(latents), latents[:, :, 1:]], dim=2)}

    words = {key: value for key, value in pictured(pipe, shot).items() if key != "image"}
    start = SHARE * picture + (1 - SHARE) * noise
    return words | {"latents": start, "callback_on_step_end": hold}


def first_frame(pipe: Any, shot: Shot) -> Tensor:
    """The picture's latents (C, h, w) as the denoiser has them."""
    return normalised(pipe.vae, encoded_picture(pipe, shot))[0, :, 0] * pipe.vae.config.scaling_factor


def decoded(pipe: Any, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
    """7 frames, then 12 at a time."""
    from diffusers.utils.torch_utils import get_module_execution_device

    from tryon.nets.mochi_frames import framewise

    vae = fetched(pipe.vae)
    ready = unnormalised(vae, latents.float() / vae.config.scaling_factor)
    for part in framewise(vae, ready.to(get_module_execution_device(vae), vae.dtype)):
        yield part[0].float().cpu()


METHOD = Method(
    pipeline="MochiPipeline",
    arguments=arguments,
    decode=decoded,
    latents=first_frame,
    prepared=prepared,
    variant="bf16",
)
