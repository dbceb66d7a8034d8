"""SANA-Video 2B (NVIDIA 2025, https://arxiv.org/abs/2509.24695): linear attention for long films.

Made for 480p; how much moves is told to it as a number at the end of the prompt.
"""

from __future__ import annotations

from typing import Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.calls import encoded_picture, pictured
from tryon.video.diffusion.decoding import normalised, unnormalised, wan
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with

# The authors' own (NVlabs/Sana, as diffusers' documentation has it).
NEGATIVE = (
    "A chaotic sequence with misshapen, deformed limbs in heavy motion blur, sudden disappearance, jump cuts, jerky "
    "movements, rapid shot changes, frames out of sync, inconsistent character shapes, temporal artifacts, jitter, and "
    "ghosting effects, creating a disorienting visual experience."
)
SPEC = VideoSpec(
    name="sana-video-2b",
    title="SANA-Video 2B",
    family="SANA-Video",
    about="Small and fairly quick at 480p; starts with exactly your picture.",
    licence="NVIDIA Open Model License, Gemma Terms of Use",
    commercial=True,
    source="https://arxiv.org/abs/2509.24695",
    weights=(Weights(repo="Efficient-Large-Model/SANA-Video_2B_480p_diffusers", gib=9.2),),
    footprint=Footprint(
        components=(
            Component("transformer", "denoiser", 1_905_841_344),
            Component("text_encoder", "text", 2_614_341_888),
            Component("vae", "vae", 126_892_531, "float32"),
        ),
        denoise=Peak(volume=0.12),
        decode=Peak(megapixel=18.4),
        tiled=Peak(fixed=1.5),
        # Convolutions are more than half of it: int8, which is for linear layers, would save little.
        savings=frozenset({"fp8", "model", "group", "sequential", "tiling"}),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=57,
    extra="gpu",
    sizes=((480, 640), (480, 832), (720, 1280)),
    stride=32,
    max_area=480 * 832,
    frame_rule=(4, 1),
    frames=(5, 81),
    fps=(8, 30, 16),
    native_fps=16,
    steps=(10, 60, 50),
    guidance=(1.0, 10.0, 6.0),
    prompting=Prompting(template="{look} {motion} motion score: 30.", negative=NEGATIVE, tokens=300),
    clamps_first=True,
)


def load(runtime: Runtime) -> VideoModel:
    """Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def arguments(pipe: Any, shot: Shot) -> dict[str, Any]:
    words = pictured(pipe, shot)
    return words | {"frames": words.pop("num_frames"), "use_resolution_binning": False}


METHOD = Method(
    pipeline="SanaImageToVideoPipeline",
    arguments=arguments,
    decode=lambda pipe, latents, shot: wan(pipe.vae, unnormalised(pipe.vae, latents.float())),
    latents=lambda pipe, shot: normalised(pipe.vae, encoded_picture(pipe, shot))[0, :, 0],
)
