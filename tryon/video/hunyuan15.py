"""HunyuanVideo 1.5 I2V (Tencent 2025, https://arxiv.org/abs/2511.18870): 8.3 B parameters, lively motion.

Its pipeline has no callback and picks the size from the picture by itself; its stock attention builds a mask of all
tokens by all tokens, which `nets.lean_attention` does without. Its autoencoder decodes the whole clip at once, in tiles
of space, so that no frame comes before all do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.calls import encoded_picture
from tryon.video.diffusion.decoding import whole
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with

if TYPE_CHECKING:
    from torch import Tensor

STRIDE = 16
TILE, SMALL_TILE = 256, 128  # px; each tile holds the whole clip: 13.6 and 3.7 GiB for 121 frames


def buckets(side: int) -> tuple[tuple[int, int], ...]:
    """The widths and heights of a model trained at `side`: multiples of STRIDE whose area is at most side x side, of
    aspects up to 4 (upstream's generate_crop_size_list, which gives heights first)."""
    units, sizes = (side // STRIDE) ** 2, []
    height, width = units, 1
    while height > 0:
        if max(width, height) / min(width, height) <= 4.0:
            sizes.append((width * STRIDE, height * STRIDE))
        if (width + 1) * height <= units:
            width += 1
        else:
            height -= 1
    return tuple(sizes)


TRANSFORMER = Component("transformer", "denoiser", 8_326_608_160, kept=0.35)
REST = (
    Component("text_encoder", "text", 7_070_619_136, kept=0.09),
    Component("text_encoder_2", "text", 219_314_944),
    Component("image_encoder", "image", 428_225_600),
    Component("vae", "vae", 1_260_634_115),
)
BASE = VideoSpec(
    name="hunyuanvideo15-480p",
    title="HunyuanVideo 1.5 I2V, 480p",
    family="HunyuanVideo 1.5",
    about="Lively, natural motion at 480p; reads writing in quotes.",
    licence="Tencent Hunyuan Community License",
    commercial=False,
    source="https://arxiv.org/abs/2511.18870",
    weights=(
        Weights(
            repo="hunyuanvideo-community/HunyuanVideo-1.5-Diffusers-480p_i2v",
            gib=32.3,
            note="The licence does not apply in the European Union, the United Kingdom and South Korea.",
        ),
    ),
    footprint=Footprint(
        components=(TRANSFORMER, *REST),
        denoise=Peak(volume=0.092),
        decode=Peak(fixed=0.6, frame=0.108),
        tiled=Peak(fixed=0.2, frame=0.029),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=45,
    extra="gpu",
    sizes=((480, 640), (480, 848), (720, 1280)),
    stride=STRIDE,
    native=buckets(640),
    frame_rule=(4, 1),
    frames=(5, 121),
    fps=(12, 30, 24),
    native_fps=24,
    steps=(10, 60, 50),
    guidance=(1.0, 10.0, 6.0),
    prompting=Prompting(tokens=1000),
    streams=False,
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="hunyuanvideo15-720p",
        title="HunyuanVideo 1.5 I2V, 720p",
        about="Lively, natural motion at 720p; slow.",
        weights=(replace(BASE.weights[0], repo="hunyuanvideo-community/HunyuanVideo-1.5-Diffusers-720p_i2v"),),
        native=buckets(960),
        rank=46,
    ),
    replace(
        BASE,
        name="hunyuanvideo15-480p-fast",
        title="HunyuanVideo 1.5 I2V, 480p, fast",
        about="The same in 8 steps instead of 50: about a twelfth of the time, a little less detail.",
        weights=(
            replace(BASE.weights[0], repo="hunyuanvideo-community/HunyuanVideo-1.5-Diffusers-480p_i2v_step_distilled"),
        ),
        footprint=replace(
            BASE.footprint or Footprint(components=(), denoise=Peak(), decode=Peak()),
            components=(replace(TRANSFORMER, parameters=8_331_330_848), *REST),
        ),
        steps=(8, 12, 8),
        guidance=(1.0, 1.0, 1.0),
        rank=44,
    ),
)
SHIFTS = {"hunyuanvideo15-480p": 5.0, "hunyuanvideo15-720p": 7.0, "hunyuanvideo15-480p-fast": 7.0}


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    shift = SHIFTS[runtime.spec.name]

    def prepared(pipe: Any, shot: Shot) -> None:
        pipe.scheduler.set_shift(shift)
        pipe.guider = pipe.guider.new(guidance_scale=shot.guidance)

    return film_with(runtime, replace(METHOD, prepared=prepared))


def opened(pipe: Any) -> Any:
    from tryon.nets.lean_attention import make_lean

    make_lean(pipe.transformer)
    # Our picture has the size of one of its buckets already; its own choice goes wrong where ratios are rounded.
    pipe.video_processor.calculate_default_height_width = lambda height, width, target_size: (height, width)
    pipe.model_cpu_offload_seq = "image_encoder->text_encoder->text_encoder_2->transformer->vae"  # one is missing
    return pipe


def arguments(pipe: Any, shot: Shot) -> dict[str, Any]:
    return {"image": shot.image, "num_frames": shot.frames, "num_inference_steps": shot.steps}


def decoded(pipe: Any, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
    """Always in tiles, smaller ones where the memory plan asks for tiles."""
    vae, planned = pipe.vae, pipe.vae.use_tiling
    side = SMALL_TILE if planned else TILE
    part = side // vae.spatial_compression_ratio
    vae.enable_tiling(side, side, tile_latent_min_height=part, tile_latent_min_width=part)
    try:
        yield from whole(vae, latents / vae.config.scaling_factor)
    finally:
        vae.use_tiling = planned


METHOD = Method(
    pipeline="HunyuanVideo15ImageToVideoPipeline",
    arguments=arguments,
    decode=decoded,
    latents=lambda pipe, shot: encoded_picture(pipe, shot)[0, :, 0] * pipe.vae.config.scaling_factor,
    opened=opened,
)
