"""LTX-2 (Lightricks 2026, https://arxiv.org/abs/2601.03233), distilled: 8 steps. Its sound is left out.

The picture is not re-compressed as in training (crf 0 instead of 33): that would smear a garment's texture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.calls import encoded_picture, pictured
from tryon.video.diffusion.decoding import temporal_tiles
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with

if TYPE_CHECKING:
    from torch import Tensor

SPEC = VideoSpec(
    name="ltx2-19b-fast",
    title="LTX-2 19B, distilled",
    family="LTX-2",
    about="Fast: 8 steps without guidance; close to the picture, with little motion unless the words ask for it.",
    licence="LTX-2 Community License",
    commercial=True,
    source="https://arxiv.org/abs/2601.03233",
    weights=(
        Weights(
            repo="rootonchair/LTX-2-19b-distilled",
            files=("model_index.json", "*/*.json", "tokenizer/*", "transformer/*.safetensors",
                   "text_encoder/*.safetensors", "connectors/*.safetensors", "vae/*.safetensors",
                   "audio_vae/*.safetensors", "vocoder/*.safetensors"),
            gib=64.0,
            note="Free for companies with a yearly revenue below 10 million US dollars.",
        ),
    ),
    footprint=Footprint(
        components=(
            Component("transformer", "denoiser", 18_876_174_592),
            Component("text_encoder", "text", 12_187_325_040, kept=0.09),
            Component("connectors", "text", 1_431_475_200),
            Component("vae", "vae", 1_222_479_601),
            Component("audio_vae", "other", 53_248_146),
            Component("vocoder", "other", 55_592_802),
        ),
        denoise=Peak(volume=0.0287),
        decode=Peak(megapixel=1.6 * 11.0),
        tiled=Peak(fixed=1.8),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=43,
    extra="gpu",
    sizes=((480, 640), (512, 768), (720, 1280)),
    stride=32,
    max_area=736 * 1280,
    frame_rule=(8, 1),
    frames=(9, 241),
    fps=(12, 30, 24),
    steps=(8, 8, 8),
    guidance=(1.0, 1.0, 1.0),
    prompting=Prompting(tokens=1024),
)  # fmt: skip
NO_GUIDANCE = {
    "guidance_scale": 1.0, "stg_scale": 0.0, "modality_scale": 1.0, "guidance_rescale": 0.0,
    "audio_guidance_scale": 1.0, "audio_stg_scale": 0.0, "audio_modality_scale": 1.0, "audio_guidance_rescale": 0.0,
}  # fmt: skip


def load(runtime: Runtime) -> VideoModel:
    """Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def opened(pipe: Any) -> Any:
    """Decodes in overlapping pieces of time, so that frames come while the rest is decoded."""
    pipe.vae.use_framewise_decoding = True
    return pipe


def arguments(pipe: Any, shot: Shot) -> dict[str, Any]:
    from diffusers.pipelines.ltx2.utils import DISTILLED_SIGMA_VALUES

    return (
        pictured(pipe, shot)
        | NO_GUIDANCE
        | {
            "sigmas": DISTILLED_SIGMA_VALUES,
            "frame_rate": float(shot.fps),
            "use_cross_timestep": False,  # as LTX-2.0 was trained; later ones were with
            "max_sequence_length": shot.spec.prompting.tokens,
            "image_crf": 0,
        }
    )


def decoded(pipe: Any, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
    """9 frames, then 8 at a time. The pipeline has brought the latents to the autoencoder's scale already."""
    return temporal_tiles(pipe.vae, latents, drops_last=True)


def first_frame(pipe: Any, shot: Shot) -> Tensor:
    """The picture's latents (C, h, w) as the denoiser has them."""
    vae = pipe.vae
    return pipe._normalize_latents(encoded_picture(pipe, shot), vae.latents_mean, vae.latents_std)[0, :, 0]


METHOD = Method(
    pipeline="LTX2ImageToVideoPipeline",
    arguments=arguments,
    decode=decoded,
    latents=first_frame,
    opened=opened,
)
