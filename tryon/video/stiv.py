"""STIV (Lin et al., Apple, ICCV 2025, arXiv:2412.07730), after its paper: no weights and no code were ever published.

A checkpoint of one's own is a folder with config.json and model.safetensors, as `python -m tryon.train.stiv` writes.
Autoencoder and text network, which are internal ones in the paper, are stock ones here.
"""

from __future__ import annotations

from dataclasses import replace

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.running import Film
from tryon.video.stiv_engine import TEXT, VAE, open_engine


def _own(name: str, network: int) -> tuple[tuple[Weights, ...], Footprint]:
    """What a size is made of. `network`: its parameters."""
    weights = Weights(
        repo=f"own/{name}",
        files=("config.json", "model.safetensors"),
        command="python -m tryon.train.stiv",
    )
    footprint = Footprint(
        components=(
            Component("text_encoder", "text", 694_659_840, kept=0.1),
            Component("transformer", "denoiser", network),
            Component("vae", "vae", 83_653_863),
        ),
        # 10240 tokens at 512 px and 20 frames, of which a feed-forward layer holds four widths.
        denoise=Peak(fixed=0.2, volume=0.15),
        decode=Peak(fixed=0.2, megapixel=5.0),  # frame by frame
        savings=frozenset({"fp8", "int8", "model", "group", "sequential"}),
    )
    return (weights, TEXT, VAE), footprint


# Counted with the two last blocks, which the paper's 600M, 1.5B and 8.7B seem to leave out (769M, 1.84B, 8.84B); the
# first two also without the attention over time (620M, 1.48B).
_WEIGHTS, _FOOTPRINT = _own("stiv-xl", 821_885_216)
BASE = VideoSpec(
    name="stiv-xl",
    title="STIV-XL (your own weights)",
    family="STIV",
    about="Apple's 600M by its paper. No weights were ever published: train your own, python -m tryon.train.stiv.",
    licence="your own; the parts beside it are MIT and CreativeML OpenRAIL++-M",
    commercial=True,
    source="https://arxiv.org/abs/2412.07730",
    weights=_WEIGHTS,
    footprint=_FOOTPRINT,
    reads=frozenset({"look", "prompt"}),
    rank=95,
    extra="gpu",
    sizes=((480, 640), (512, 512), (720, 1280)),
    stride=16,
    max_area=512 * 512,
    frame_rule=(2, 0),
    frames=(4, 40),
    fps=(4, 30, 8),
    native_fps=8,
    seconds=2.5,
    steps=(4, 100, 50),
    guidance=(1.0, 12.0, 7.5),
    prompting=Prompting(tokens=77),  # of OpenCLIP
    clamps_first=True,
)


def _sized(size: str, network: int, billions: str, rank: int) -> VideoSpec:
    name = f"stiv-{size}"
    weights, footprint = _own(name, network)
    return replace(
        BASE,
        name=name,
        title=f"STIV-{size.upper()} (your own weights)",
        about=BASE.about.replace("600M", billions),
        weights=weights,
        footprint=footprint,
        rank=rank,
    )


SPECS = (
    BASE,
    _sized("xxl", 1_930_709_024, "1.5B", 96),
    _sized("m", 9_217_425_440, "8.7B", 97),
)


def load(runtime: Runtime) -> VideoModel:
    """Raises what the weights room raises."""
    return Film(runtime, open_engine(runtime))
