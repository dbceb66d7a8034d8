"""Open-Sora 2.0 (Peng et al. 2025, arXiv:2503.09642; hpcaitech/Open-Sora): 11.9B, the picture as first, last or both.

The checkpoint has its own names and order but is FLUX layer for layer; its autoencoder is HunyuanVideo's. A second
checkpoint works on far smaller latents; its authors say that its training had not ended.
"""

from __future__ import annotations

from dataclasses import replace

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.running import Film
from tryon.video.open_sora_engine import Given, open_engine

REPO = "hpcai-tech/Open-Sora-v2"
# The repository also holds FLUX.1-dev, which only text to picture to film needs: 22 GiB that stay there.
TEXTS = ("google/*", "openai/*")
T5 = Component("text_encoder", "text", 4_762_310_656)
CLIP = Component("text_encoder_2", "text", 123_060_480, kept=0.32)
BASE = VideoSpec(
    name="open-sora-2",
    title="Open-Sora 2.0",
    family="Open-Sora 2.0",
    about="Calm, clean motion at 768 px; made with runway films in mind.",
    licence="Apache-2.0; began as FLUX.1-dev (non-commercial), autoencoder of HunyuanVideo (Tencent community)",
    commercial=False,
    source="https://github.com/hpcaitech/Open-Sora",
    weights=(Weights(repo=REPO, files=("Open_Sora_v2.safetensors", "hunyuan_vae.safetensors", *TEXTS), gib=42.0),),
    footprint=Footprint(
        components=(
            T5,
            CLIP,
            Component("transformer", "denoiser", 11_891_387_456, kept=0.28),
            Component("vae", "vae", 246_478_803),
        ),
        # One pass: 76032 tokens at 768 px and 129 frames make 2.35 GB where a single block joins what it computed.
        denoise=Peak(fixed=0.3, volume=0.105),
        # Tiles of 256 px: 2.2 GB a layer of 128 channels for 129 frames, and a mask over the middle's places.
        decode=Peak(fixed=1.0, frame=0.09),
        tiled=Peak(fixed=2.5),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=50,
    extra="gpu",
    sizes=((480, 640), (576, 1024), (720, 1280)),
    stride=16,
    # The aspects that it was trained on (upstream's table).
    native=((576, 1024), (624, 928), (656, 880), (768, 768), (880, 656), (928, 624), (1024, 576)),
    frame_rule=(4, 1),
    frames=(5, 129),
    fps=(8, 30, 24),
    native_fps=24,
    steps=(4, 60, 50),
    guidance=(1.0, 12.0, 7.5),
    prompting=Prompting(tokens=490),  # of 512: the rate and the amount of motion are added
    clamps_first=True,
    streams=False,
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="open-sora-2-256",
        title="Open-Sora 2.0, 256 px",
        about="Calm, clean motion at 256 px: many times faster, for trying words out.",
        native=((192, 336), (208, 304), (224, 288), (256, 256), (288, 224), (304, 208), (336, 192)),
        rank=51,
    ),
    replace(
        BASE,
        name="open-sora-2-loop",
        title="Open-Sora 2.0 loop",
        about="Ends as it begins: a loop without a seam, at 768 px.",
        loops=True,
        rank=52,
    ),
    replace(
        BASE,
        name="open-sora-2-arrive",
        title="Open-Sora 2.0, ends in the look",
        about="The film ends in your picture: a walk or a turn that arrives at the look.",
        clamps_first=False,
        rank=53,
    ),
    replace(
        BASE,
        name="open-sora-2-change",
        title="Open-Sora 2.0 change",
        about="From your own photo to the dressed one, the way there is the model's.",
        clamps_first=False,
        rank=54,
    ),
    replace(
        BASE,
        name="open-sora-2-draft",
        title="Open-Sora 2.0 draft",
        about="A tenth of the time for a rougher film: its authors say that its training had not ended.",
        weights=(
            Weights(
                repo="hpcai-tech/Open-Sora-v2-Video-DC-AE",
                files=("Open_Sora_v2_Video_DC_AE.safetensors", "F32T4C128_AE.safetensors"),
                gib=23.0,
            ),
            Weights(repo=REPO, files=TEXTS, gib=19.4),
        ),
        footprint=Footprint(
            components=(
                T5,
                CLIP,
                Component("transformer", "denoiser", 11_891_968_128, kept=0.28),
                Component("vae", "vae", 459_462_147),
            ),
            denoise=Peak(fixed=0.3, volume=0.027),  # a quarter of the tokens
            decode=Peak(fixed=4.0),  # always tiles of 256 px and 32 frames
            savings=frozenset({"fp8", "int8", "model", "group", "sequential"}),
        ),
        stride=32,
        native=(),
        max_area=768 * 768,
        frame_rule=(4, 0),
        frames=(4, 128),
        streams=True,
        rank=55,
    ),
)
GIVEN: dict[str, Given] = {"open-sora-2-loop": "loop", "open-sora-2-arrive": "tail", "open-sora-2-change": "change"}


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return Film(runtime, open_engine(runtime, GIVEN.get(runtime.spec.name, "head")))
