"""FramePack (Zhang and Agrawala 2025, https://arxiv.org/abs/2504.12626): long films on small cards.

HunyuanVideo's transformer trained to go on from what it has, packed ever smaller the older it is: a section of 9 frames
of the latents is 36 frames of the film, and the memory that one takes does not grow with the film's length. This is F1,
which goes forward in time. Everything but the transformer and the picture's encoder is HunyuanVideo's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.calls import encoded_picture, pictured
from tryon.video.diffusion.decoding import temporal_tiles
from tryon.video.diffusion.llama import with_its_spaces
from tryon.video.diffusion.method import Elsewhere, Method, Shot
from tryon.video.diffusion.running import film_with

if TYPE_CHECKING:
    from torch import Tensor

HUNYUAN = "hunyuanvideo-community/HunyuanVideo"
TRANSFORMER = "lllyasviel/FramePack_F1_I2V_HY_20250503"
SIGLIP = "lllyasviel/flux_redux_bfl"
WINDOW = 9  # frames of the latents in a section
PER_SECTION = 36  # frames of the film that a section adds
ASKED = 33  # frames of the film that the pipeline counts a section for
SPEC = VideoSpec(
    name="framepack-f1",
    title="FramePack F1",
    family="FramePack",
    about="Ten seconds at 30 frames a second take no more memory than one: for small cards; slow.",
    licence="Tencent Hunyuan Community License",
    commercial=False,
    source="https://arxiv.org/abs/2504.12626",
    weights=(
        Weights(
            repo=HUNYUAN,
            files=("model_index.json", "scheduler/*.json", "vae/*", "text_encoder/*", "text_encoder_2/*",
                   "tokenizer/*", "tokenizer_2/*"),
            gib=15.5,
            note="The licence does not apply in the European Union, the United Kingdom and South Korea.",
        ),
        Weights(repo=TRANSFORMER, gib=24.0, note="Its authors name no licence; it is made from HunyuanVideo."),
        Weights(repo=SIGLIP, files=("image_encoder/*", "feature_extractor/*"), gib=0.8),
    ),
    footprint=Footprint(
        components=(
            Component("transformer", "denoiser", 12_874_314_816, kept=0.3),
            Component("text_encoder", "text", 7_505_186_816, kept=0.08),
            Component("text_encoder_2", "text", 123_060_480, kept=0.32),
            Component("image_encoder", "image", 428_225_600),
            Component("vae", "vae", 246_478_803),
        ),
        denoise=Peak(megapixel=5.0),
        decode=Peak(megapixel=36.7),
        tiled=Peak(fixed=2.6),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=52,
    extra="gpu",
    sizes=((480, 640), (480, 832), (720, 1280)),
    stride=16,
    max_area=640 * 640,
    frame_rule=(PER_SECTION, 1),
    frames=(1 + PER_SECTION, 1 + 9 * PER_SECTION),
    fps=(15, 30, 30),
    native_fps=30,
    steps=(10, 50, 30),
    guidance=(1.0, 20.0, 9.0),
    prompting=Prompting(tokens=256),
    clamps_first=True,
)  # fmt: skip


def load(runtime: Runtime) -> VideoModel:
    """Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def sections(shot: Shot) -> int:
    return (shot.frames - 1) // PER_SECTION


def arguments(pipe: Any, shot: Shot) -> dict[str, Any]:
    return pictured(pipe, shot) | {
        "num_frames": ASKED * sections(shot),
        "latent_window_size": WINDOW,
        "sampling_type": "vanilla",
    }


def decoded(pipe: Any, latents: list[Tensor], shot: Shot) -> Iterator[Tensor]:
    """Section by section as the pipeline does it: each is decoded with the one before, and their films are blended
    where they overlap. `latents`: all that there was after each section."""
    import torch

    last = None
    for through in latents:
        ready = through[:, :, -2 * WINDOW :] / pipe.vae.config.scaling_factor
        if last is None:
            film = torch.cat(list(temporal_tiles(pipe.vae, through / pipe.vae.config.scaling_factor)), dim=1)
        else:
            film = _blended(last, torch.cat(list(temporal_tiles(pipe.vae, ready)), dim=1))
        yield film[:, :-ASKED]
        last = film[:, -ASKED:]
    if last is not None:
        yield last


def _blended(before: Tensor, after: Tensor) -> Tensor:
    """A film (3, f, h, w) whose first frames fade in over the last ones of the film before."""
    import torch

    weights = torch.linspace(1, 0, ASKED)[None, :, None, None]
    overlap = weights * before + (1 - weights) * after[:, :ASKED]
    return torch.cat([overlap, after[:, ASKED:]], dim=1)


METHOD = Method(
    pipeline="HunyuanVideoFramepackPipeline",
    arguments=arguments,
    decode=decoded,
    latents=lambda pipe, shot: encoded_picture(pipe, shot)[0, :, 0] * pipe.vae.config.scaling_factor,
    opened=with_its_spaces,
    steps=lambda shot: shot.steps * sections(shot),
    elsewhere=(
        Elsewhere(name="transformer", cls="HunyuanVideoFramepackTransformer3DModel", repo=TRANSFORMER),
        Elsewhere(name="image_encoder", cls="SiglipVisionModel", repo=SIGLIP, subfolder="image_encoder"),
        Elsewhere(name="feature_extractor", cls="SiglipImageProcessor", repo=SIGLIP, subfolder="feature_extractor"),
    ),
)
