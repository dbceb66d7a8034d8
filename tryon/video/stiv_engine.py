"""STIV as the shared runner films with it: a checkpoint of one's own beside a stock autoencoder and text network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tryon.errors import WeightsMissing
from tryon.runtime.placing import Networks, arrange, read
from tryon.spec import Runtime, Weights
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.pictures import as_tensor
from tryon.transfer.diffusion.sampling import Noise, latent_shape
from tryon.video.diffusion import decoding
from tryon.video.diffusion.method import Shot
from tryon.video.diffusion.tap import Heard
from tryon.weights.fill import built, fill
from tryon.weights.hub import INSTEAD
from tryon.weights.layout import locate

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.stiv import Text

# The paper's autoencoder and text network are Apple's own; these are the same in kind (OpenCLIP bigG has the same
# 32 layers of 20 heads).
TEXT = Weights(
    repo="stabilityai/stable-diffusion-xl-base-1.0",
    files=("text_encoder_2/config.json", "text_encoder_2/model.safetensors", "tokenizer_2/*"),
    gib=2.6,
)
VAE = Weights(repo="stabilityai/sd-vae-ft-mse", files=("config.json", "diffusion_pytorch_model.safetensors"), gib=0.31)
TOKENS = 77


@dataclass(frozen=True, eq=False)
class Reader:
    """Text and pictures as a STIV network sees them."""

    text: Any  # CLIPTextModelWithProjection
    words: Any  # its tokenizer
    vae: Any

    def read(self, text: str, device: str) -> Text:
        from tryon.nets.stiv import Text

        ids = self.words(
            text, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt"
        )["input_ids"]  # fmt: skip
        seen = self.text(ids.to(device))
        return Text(seen.last_hidden_state.float(), seen.text_embeds.float())

    def encode(self, pictures: Tensor) -> Tensor:
        """(n, 3, h, w) in -1..1 -> scaled latents (n, c, h', w'), their middle."""
        posterior = self.vae.encode(decoding.placed(self.vae, pictures)).latent_dist
        return posterior.mode().float() * self.vae.config.scaling_factor

    def decode(self, latents: Tensor) -> Iterator[Tensor]:
        """(1, c, f, h, w) -> one frame (3, 1, H, W) after the other."""
        for frame in (latents / self.vae.config.scaling_factor).unbind(2):
            pixels = self.vae.decode(decoding.placed(self.vae, frame)).sample
            yield pixels[0, :, None].float().cpu()


@dataclass(frozen=True, eq=False)
class StivEngine:
    """Loaded networks: an engine of the runner."""

    networks: Networks
    reader: Reader
    dtype: Any

    @property
    def tokenizer(self) -> Any:
        return self.reader.words

    @property
    def vae(self) -> Any:
        return self.reader.vae

    def steps(self, shot: Shot) -> int:
        return shot.steps

    def first(self, shot: Shot) -> Tensor:
        return self.reader.encode(as_tensor(shot.picture))[0]

    def denoised(self, shot: Shot, heard: Heard) -> Tensor:
        import torch

        from tryon.nets.stiv import facts, sample

        device = shot.device
        text, nothing = (self.reader.read(words, device) for words in (shot.prompt, ""))
        picture = as_tensor(shot.picture)
        count, channels, height, width = latent_shape(self.vae, picture)
        shape = (count, channels, shot.frames, height, width)
        clean, given = (
            torch.zeros(shape, device=device),
            torch.zeros(count, shot.frames, dtype=torch.bool, device=device),
        )
        clean[:, :, 0], given[:, 0] = self.reader.encode(picture).to(device), True
        told = facts(count, shot.height, shot.width, shot.frames).to(device)
        return sample(
            partial(self.networks.transformer, facts=told),
            Noise(shot.scene.seed).draw("film", shape).to(device),
            clean,
            given,
            text,
            nothing,
            steps=shot.steps,
            scale=shot.guidance,
            dtype=self.dtype,
            on_step=lambda implied: heard(lambda: implied),
        )

    def clean(self, latents: Tensor, shot: Shot) -> Tensor:
        return latents[0]

    def decoded(self, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
        return self.reader.decode(latents)

    def free(self) -> None:
        self.networks.maybe_free_model_hooks()


def open_engine(runtime: Runtime) -> StivEngine:
    """Raises what the weights room raises."""
    import torch

    spec, plan, folders = runtime.spec, runtime.memory, locate(runtime)
    assert spec.footprint is not None
    opened: dict[str, Any] = {"title": spec.title, "dtype": getattr(torch, plan.dtype)}
    reader = open_reader(folders[TEXT.repo], folders[VAE.repo], **opened)
    own = folders[spec.weights[0].repo]
    makers: dict[str, Callable[[], Any]] = {
        "text_encoder": lambda: reader.text,
        "transformer": lambda: open_network(own, **opened),
        "vae": lambda: reader.vae,
    }
    networks = Networks(**read(spec.footprint, plan, runtime.device, makers))
    if networks.transformer.params.channels != reader.vae.config.latent_channels:
        text = f"it works on {networks.transformer.params.channels} channels, the autoencoder has others"
        raise WeightsMissing(model=spec.title, missing=text, instead=INSTEAD)
    arrange(networks, spec.footprint, plan, runtime.device)
    return StivEngine(networks, reader, opened["dtype"])


def open_network(folder: Path, *, title: str, dtype: Any) -> Any:
    """A checkpoint of one's own: config.json and model.safetensors."""
    from tryon.nets.stiv import Stiv, StivParams

    try:
        params = StivParams.of(models.config(folder, title=title))
        made = built(lambda: Stiv(params))
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        text = f"its config.json cannot be used ({type(error).__name__})"
        raise WeightsMissing(model=title, missing=text, instead=INSTEAD) from None
    return fill(made, [folder / "model.safetensors"], title=title, dtype=dtype)


def open_reader(text: Path, vae: Path, *, title: str, dtype: Any) -> Reader:
    """The stock parts, from the folders of their repositories."""
    return Reader(
        models.projecting_text_encoder(text / "text_encoder_2", title=title, dtype=dtype),
        models.tokenizer(text / "tokenizer_2", title=title),
        models.autoencoder(vae, title=title, dtype=dtype),
    )
