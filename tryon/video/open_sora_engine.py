"""Open-Sora 2.0 as the shared runner films with it: two autoencoders, one denoiser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tryon.errors import WeightsMissing
from tryon.runtime.placing import Networks, arrange, read
from tryon.spec import Runtime
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.pictures import as_tensor
from tryon.transfer.diffusion.sampling import Noise
from tryon.video.diffusion import decoding
from tryon.video.diffusion.method import Shot
from tryon.video.diffusion.tap import Heard, tapped
from tryon.weights import open_sora as remap
from tryon.weights.files import read_shapes
from tryon.weights.fill import built, fill
from tryon.weights.hub import INSTEAD
from tryon.weights.layout import locate

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.open_sora import Words

# Which frames of the film are given. "change" goes from the shopper's own photo to the dressed one.
Given = Literal["head", "tail", "loop", "change"]
MOTION = 4.0  # of 1 (still) to 15; upstream's own advice for fashion models on a runway
TEXT_TOKENS, CLIP_TOKENS = 512, 77
AXES, GROUPS = (16, 56, 56), 32  # of the published networks, which no weight tells


class Coder(Protocol):
    """An autoencoder as sampling sees it."""

    @property
    def vae(self) -> Any: ...

    @property
    def patch(self) -> int:
        """Of the denoiser over its latents."""
        ...

    def shape(self, frames: int, height: int, width: int) -> tuple[int, ...]:
        """Of the latents of a film, (1, c, f, h, w)."""
        ...

    def encode(self, picture: Tensor, noise: Tensor) -> Tensor:
        """(1, 3, h, w) in -1..1 -> (1, c, h', w'), drawn with `noise` of that shape."""
        ...

    def decode(self, latents: Tensor) -> Iterator[Tensor]:
        """(1, c, f, h, w) -> (3, f, H, W) in about -1..1, float32 on the CPU, in the order of time."""
        ...


@dataclass(frozen=True, eq=False)
class HunyuanCoder:
    """HunyuanVideo's autoencoder, 8 x 8 x 4 pixels."""

    vae: Any
    patch: int = 2

    def shape(self, frames: int, height: int, width: int) -> tuple[int, ...]:
        ratio = self.vae.spatial_compression_ratio
        count = (frames - 1) // self.vae.temporal_compression_ratio + 1
        return 1, self.vae.config.latent_channels, count, height // ratio, width // ratio

    def encode(self, picture: Tensor, noise: Tensor) -> Tensor:
        posterior = self.vae.encode(decoding.placed(self.vae, picture[:, :, None])).latent_dist
        drawn = posterior.mean + posterior.std * noise[:, :, None].to(posterior.mean)
        return drawn[:, :, 0].float() * self.vae.config.scaling_factor

    def decode(self, latents: Tensor) -> Iterator[Tensor]:
        return decoding.temporal_tiles(self.vae, latents / self.vae.config.scaling_factor)


@dataclass(frozen=True, eq=False)
class DeepCoder:
    """The deep-compression autoencoder, 32 x 32 x 4 pixels. What it gives is not drawn.

    Upstream's training divided latents by 0.493, its inference does not; this does what its inference does.
    """

    vae: Any
    patch: int = 1

    def shape(self, frames: int, height: int, width: int) -> tuple[int, ...]:
        from tryon.nets.video_dcae import SPACE, TIME

        return 1, self.vae.params.latent, -(-frames // TIME), -(-height // SPACE), -(-width // SPACE)

    def encode(self, picture: Tensor, noise: Tensor) -> Tensor:
        decoding.fetched(self.vae)
        return self.vae.encode(decoding.placed(self.vae, picture[:, :, None]))[:, :, 0].float()

    def decode(self, latents: Tensor) -> Iterator[Tensor]:
        decoding.fetched(self.vae)
        for piece in self.vae.decode(decoding.placed(self.vae, latents)):
            yield piece[0].float().cpu()


@dataclass(frozen=True, eq=False)
class OpenSora:
    """Loaded networks: an engine of the runner."""

    networks: Networks
    coder: Coder
    tokenizers: tuple[Any, Any]  # T5's, CLIP's
    given: Given
    dtype: Any

    @property
    def tokenizer(self) -> Any:
        return self.tokenizers[0]

    @property
    def vae(self) -> Any:
        return self.coder.vae

    def steps(self, shot: Shot) -> int:
        return shot.steps

    def first(self, shot: Shot) -> Tensor:
        return self.coder.encode(as_tensor(shot.picture), self._noise_of_picture(shot, Noise(shot.scene.seed)))[0]

    def denoised(self, shot: Shot, heard: Heard) -> Tensor:
        from diffusers import FlowMatchEulerDiscreteScheduler

        from tryon.nets.open_sora import Guidance, sample

        noise = Noise(shot.scene.seed)
        words = self.read(shot)
        given = self._given(shot, noise)
        start = noise.draw("film", self._shape(shot)).to(shot.device)
        scheduler = FlowMatchEulerDiscreteScheduler(shift=1.0)
        with tapped(scheduler, heard):
            return sample(
                self.networks.transformer,
                scheduler,
                start,
                given,
                words,
                steps=shot.steps,
                guidance=Guidance(text=shot.guidance),
                patch=self.coder.patch,
                dtype=self.dtype,
            )

    def clean(self, latents: Tensor, shot: Shot) -> Tensor:
        from tryon.nets.open_sora import unpack

        return unpack(latents, self._shape(shot), self.coder.patch)[0]

    def decoded(self, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
        return self.coder.decode(latents)

    def free(self) -> None:
        self.networks.maybe_free_model_hooks()

    def read(self, shot: Shot) -> Words:
        """The sentence and what is to be avoided. T5 sees its filling as words: no mask was used in training."""
        from tryon.nets.open_sora import Words, sentence

        texts = (sentence(shot.prompt, shot.fps, MOTION), shot.negative)
        t5, clip = self.networks.text_encoder, self.networks.text_encoder_2
        tokens, pooled = [], []
        for text in texts:
            ids = self._ids(0, text, TEXT_TOKENS).to(shot.device)
            tokens.append(t5(ids).last_hidden_state.float())
            ids = self._ids(1, text, CLIP_TOKENS).to(shot.device)
            pooled.append(clip(ids).pooler_output.float())
        return Words((tokens[0], tokens[1]), (pooled[0], pooled[1]))

    def _ids(self, which: int, text: str, length: int) -> Tensor:
        return self.tokenizers[which](
            text, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
        )["input_ids"]

    def _given(self, shot: Shot, noise: Noise) -> dict[int, Tensor]:
        last = self._shape(shot)[2] - 1
        first = shot.picture
        if self.given == "change":
            first = shot.seen(shot.scene.look.before.pixels, shot.scene.look.person.box)
        frames = {"head": {0: first}, "tail": {last: first}}.get(self.given, {0: first, last: shot.picture})
        drawn = self._noise_of_picture(shot, noise)
        return {frame: self.coder.encode(as_tensor(pixels), drawn) for frame, pixels in frames.items()}

    def _noise_of_picture(self, shot: Shot, noise: Noise) -> Tensor:
        _, channels, _, height, width = self._shape(shot)
        return noise.draw("picture", (1, channels, height, width))

    def _shape(self, shot: Shot) -> tuple[int, ...]:
        return self.coder.shape(shot.frames, shot.height, shot.width)


def open_engine(runtime: Runtime, given: Given) -> OpenSora:
    """A variant, its first repository holding denoiser and autoencoder, its last one the text networks.

    Raises what the weights room raises.
    """
    import torch
    from transformers import T5Tokenizer

    spec, plan, folders = runtime.spec, runtime.memory, locate(runtime)
    assert spec.footprint is not None
    dtype = getattr(torch, plan.dtype)
    opened: dict[str, Any] = {"title": spec.title, "dtype": dtype}
    own, texts = folders[spec.weights[0].repo], folders[spec.weights[-1].repo]
    denoiser, autoencoder = (own / name for name in spec.weights[0].files[:2])
    coder = open_coder(autoencoder, **opened)
    t5, clip = texts / "google/t5-v1_1-xxl", texts / "openai/clip-vit-large-patch14"
    makers: dict[str, Callable[[], Any]] = {
        "text_encoder": lambda: models.t5_encoder(t5, **opened),
        "text_encoder_2": lambda: models.text_encoder(clip, **opened),
        "transformer": lambda: open_transformer(denoiser, **opened),
        "vae": lambda: coder.vae,
    }
    networks = Networks(**read(spec.footprint, plan, runtime.device, makers))
    arrange(networks, spec.footprint, plan, runtime.device)
    if isinstance(coder, HunyuanCoder):
        set_tiling(coder.vae, over_time=plan.tiling)
    tokenizers = T5Tokenizer.from_pretrained(str(t5), local_files_only=True), models.tokenizer(clip, title=spec.title)
    return OpenSora(networks, coder, tokenizers, given, dtype)


def open_transformer(path: Path, *, title: str, dtype: Any, axes: tuple[int, ...] = AXES) -> Any:
    """FluxTransformer2DModel from Open-Sora's file. Raises WeightsMissing when it is another model's."""
    from diffusers import FluxTransformer2DModel

    shapes = read_shapes(path, title=title)
    try:
        config = remap.flux_config(shapes, axes)
    except (KeyError, ValueError, IndexError):
        raise _foreign(path, title) from None
    module = built(lambda: FluxTransformer2DModel(**config))
    return fill(module, [path], title=title, dtype=dtype, rules=remap.RULES, split=remap.Rearranged(shapes))


def open_coder(path: Path, *, title: str, dtype: Any, groups: int = GROUPS) -> Coder:
    """The autoencoder that a file holds. `groups`: of HunyuanVideo's norms."""
    from diffusers import AutoencoderKLHunyuanVideo

    from tryon.nets.video_dcae import VideoDcae, dcae_params

    shapes = read_shapes(path, title=title)
    try:
        if "decoder.project_in.main.conv.weight" in shapes:
            params = dcae_params(shapes)
            return DeepCoder(fill(built(lambda: VideoDcae(params)), [path], title=title, dtype=dtype))
        config = _hunyuan_config(shapes, groups)
    except (KeyError, ValueError, IndexError):
        raise _foreign(path, title) from None
    vae = fill(built(lambda: AutoencoderKLHunyuanVideo(**config)), [path], title=title, dtype=dtype)
    set_tiling(vae)
    return HunyuanCoder(vae)


def _hunyuan_config(shapes: remap.Shapes, groups: int) -> dict[str, Any]:
    levels = 1 + max(int(key.split(".")[2]) for key in shapes if key.startswith("encoder.down_blocks."))
    lead = "encoder.down_blocks.0.resnets."
    return {
        "latent_channels": shapes["post_quant_conv.weight"][0],
        "block_out_channels": [shapes[f"encoder.down_blocks.{i}.resnets.0.norm2.weight"][0] for i in range(levels)],
        "layers_per_block": 1 + max(int(key.split(".")[4]) for key in shapes if key.startswith(lead)),
        "norm_num_groups": groups,
    }


def set_tiling(vae: Any, *, over_time: bool = False, side: int = 256) -> None:
    """Upstream's: always tiles of `side` px that overlap by a quarter, all frames at once. `over_time` also cuts time
    in pieces of 16 frames, which changes pixels a little and is for small cards."""
    vae.enable_tiling(side, side, 16, side * 3 // 4, side * 3 // 4, 12)
    vae.use_framewise_encoding = vae.use_framewise_decoding = over_time


def _foreign(path: Path, title: str) -> WeightsMissing:
    text = f"the file {path.name} is not what its authors publish under that name"
    return WeightsMissing(model=title, missing=text, instead=INSTEAD)
