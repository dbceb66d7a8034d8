"""CatVTON (Chong et al., ICLR 2025) and its mask-free form: garment and person side by side in one UNet.

There is no garment network and no text: the latents of person and garment are joined along the height (mask-free:
along the width), so that the UNet's own self-attention carries the garment over. Only those 16 self-attentions were
trained; the rest is Stable Diffusion 1.5 inpainting (mask-free: InstructPix2Pix) without its cross-attention.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tryon.spec import Runtime, TransferModel, TransferSpec, Weights
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.footprints import footprint
from tryon.transfer.diffusion.guess import Guess, begun, middle, strength_of
from tryon.transfer.diffusion.pictures import as_mask_tensor, as_tensor, changed, garment_on_white, kept_anyway, padded
from tryon.transfer.diffusion.published import VAE
from tryon.transfer.diffusion.sampling import Noise, OnStep, Step, drawn, latent_shape, placed
from tryon.transfer.diffusion.system import LatentSystem, dresser
from tryon.types import Fitting, Mask, Pixels
from tryon.weights.files import model_files, read_tensors
from tryon.weights.fill import check, fill, ready
from tryon.weights.layout import locate

if TYPE_CHECKING:
    from torch import Tensor

INPAINTING = Weights(
    repo="booksforcharlie/stable-diffusion-inpainting",
    files=("unet/config.json", "unet/diffusion_pytorch_model.*", "scheduler/*.json"),
    gib=3.2,
)
PIX2PIX = Weights(
    repo="timbrooks/instruct-pix2pix",
    files=("unet/config.json", "unet/diffusion_pytorch_model.*", "scheduler/*.json"),
    gib=3.2,
)
BASE = TransferSpec(
    name="catvton",
    title="CatVTON",
    family="CatVTON",
    about="Light and dependable: whole outfits of all three kinds on a small graphics card.",
    licence="CC-BY-NC-SA-4.0",
    commercial=False,
    source="https://arxiv.org/abs/2407.15886",
    weights=(
        INPAINTING,
        VAE,
        Weights(repo="zhengchong/CatVTON", files=("mix-48k-1024/attention/model.safetensors",), gib=0.19),
    ),
    parameters=899_226_667,
    footprint=footprint(815_572_804),
    reads=frozenset({"photo", "labels", "parts", "mask", "garments"}),
    sizes=((768, 1024),),
    any_aspect=True,
    guessed=True,
    samples=4,
    stride=8,
    steps=(10, 100, 50),
    guidance=(1.0, 7.5, 2.5),
    rank=32,
    extra="gpu",
)


def _variant(folder: str) -> tuple[Weights, ...]:
    return (INPAINTING, VAE, replace(BASE.weights[2], files=(f"{folder}/attention/model.safetensors",)))


SPECS = (
    BASE,
    replace(
        BASE,
        name="catvton-vitonhd",
        title="CatVTON (tops, 512)",
        about="Trained on tops only, at half the size: quick.",
        weights=_variant("vitonhd-16k-512"),
        categories=("top",),
        sizes=((384, 512),),
        rank=62,
    ),
    replace(
        BASE,
        name="catvton-dresscode",
        title="CatVTON (DressCode, 512)",
        about="Trained on tops, bottoms and dresses, at half the size: quick.",
        weights=_variant("dresscode-16k-512"),
        sizes=((384, 512),),
        rank=63,
    ),
    replace(
        BASE,
        name="catvton-maskfree",
        title="CatVTON mask-free",
        about="Needs no mask: the new garment may leave the old one's outline.",
        weights=(
            PIX2PIX,
            VAE,
            Weights(
                repo="zhengchong/CatVTON-MaskFree",
                files=("mix-48k-1024/attention/model.safetensors",),
                gib=0.19,
                gated=True,
            ),
        ),
        parameters=899_223_787,
        footprint=footprint(815_569_924),
        reads=frozenset({"photo", "labels", "garments"}),
        maskless=True,
        guessed=False,
        rank=33,
    ),
)
ETA = 1.0  # upstream samples DDIM with fresh noise in every step


@dataclass(frozen=True, kw_only=True)
class CatVTON(LatentSystem):
    """The loaded system. `axis` is where person and garment are joined: -2 height, -1 width (mask-free)."""

    unet: Any
    axis: int = -2

    def sample(
        self,
        person: Tensor,
        garment: Tensor,
        mask: Tensor | None,
        *,
        steps: int,
        guidance: float,
        noise: Noise,
        on_step: OnStep,
        samples: int = 1,
        guess: Guess | None = None,
    ) -> Tensor:
        """Unscaled latents (n samples, 4, h, w) of the dressed person.

        person, garment: (n, 3, H, W) in -1..1; mask: (n, 1, H, W), 1 may be repainted; None mask-free. The half of a
        guess beside the garment is the garment.
        """
        import torch

        from tryon.nets.latents import foreseen
        from tryon.nets.reference_attention import guided

        fixed, half = self._conditions(person, garment, mask, noise, samples)
        doubled = guidance > 1
        shape = list(half)
        shape[self.axis] *= 2
        start = noise.draw("start", tuple(shape)).to(self.place.device)
        latents, times = begun(self.scheduler, steps, start, self._guessed(guess, fixed), strength_of(guess))
        if not doubled:
            fixed = fixed.chunk(2)[1]

        def predict(joined: Tensor, time: Tensor) -> Tensor:
            found: Tensor = self.unet(joined, time, encoder_hidden_states=None).sample
            return found

        with self.place.using(self.unet):
            for index, time in enumerate(times):
                both = torch.cat([latents] * 2) if doubled else latents
                joined = torch.cat([self.scheduler.scale_model_input(both, time), fixed], dim=1)
                raw = self.place.quickly("unet", predict, joined.to(self.unet.dtype), time).float()
                prediction = guided(raw, guidance, "unconditional_first") if doubled else raw
                clean = foreseen(latents, prediction, self.scheduler.alphas_cumprod[time])
                latents = self.scheduler.step(prediction, time, latents, eta=ETA, generator=noise.generator).prev_sample
                on_step(Step(index, len(times), latents, prediction, self._person(clean)))
        return self._person(latents) / self.vae.config.scaling_factor

    def _conditions(
        self, person: Tensor, garment: Tensor, mask: Tensor | None, noise: Noise, samples: int = 1
    ) -> tuple[Tensor, tuple[int, ...]]:
        """What the UNet sees beside the noisy latents, unconditional half first, and the shape of one picture's
        latents. Without the garment its half is zero in latent space, not an encoded black picture."""
        import torch

        from tryon.nets.latents import shrunk

        scale, shape = self.vae.config.scaling_factor, latent_shape(self.vae, person, samples)
        seen = person if mask is None else person * (mask < 0.5)
        with self.place.using(self.vae):
            own = drawn(self.vae, seen, noise.draw("person", shape)) * scale
            cloth = drawn(self.vae, garment, noise.draw("garment", shape)) * scale
        fixed = torch.cat([self._joined(own, torch.zeros_like(cloth)), self._joined(own, cloth)])
        if mask is not None:
            small = shrunk(mask.to(own), own).expand(len(own), -1, -1, -1)
            fixed = torch.cat([torch.cat([self._joined(small, torch.zeros_like(small))] * 2), fixed], dim=1)
        return fixed, shape

    def _guessed(self, guess: Guess | None, fixed: Tensor) -> Tensor | None:
        """The joined latents that a guess means."""
        with self.place.using(self.vae):
            clean = middle(self.vae, guess)
        cloth = fixed.chunk(2)[1][:, -4:].chunk(2, dim=self.axis)[1]
        return None if clean is None else self._joined(clean.expand_as(cloth), cloth)

    def _joined(self, person: Tensor, garment: Tensor) -> Tensor:
        import torch

        return torch.cat([person, garment], dim=self.axis)

    def _person(self, latents: Tensor) -> Tensor:
        return latents.chunk(2, dim=self.axis)[0]


def load(runtime: Runtime) -> TransferModel:
    """Loads a variant. Raises what the weights room raises."""
    system = open_system(runtime)
    maskless = system.axis == -1

    def shown(fitting: Fitting, mask: Mask | None) -> tuple[Any, ...]:
        photo = fitting.person.photo
        garment = np.asarray(padded(garment_on_white(fitting.garments[0]), photo.width, photo.height))
        area = None if maskless or mask is None else as_mask_tensor(mask)
        return as_tensor(photo.pixels), as_tensor(garment), area

    def settle(fitting: Fitting, pixels: Pixels) -> Mask:
        return changed(fitting.person.photo.pixels, pixels, kept_anyway(fitting.person))

    return dresser(system, shown, None if maskless else "catvton", guessed=as_tensor, settle=settle)


def open_system(runtime: Runtime) -> CatVTON:
    """The networks of a variant, on their device."""
    import torch
    from diffusers import DDIMScheduler

    spec = runtime.spec
    assert isinstance(spec, TransferSpec)
    folders, dtype = locate(runtime), getattr(torch, runtime.dtype)
    base, vae, attention = (folders[weights.repo] for weights in spec.weights)
    place = placed(runtime)
    return CatVTON(
        unet=place.home(_unet(base / "unet", attention / spec.weights[2].files[0], spec.title, dtype)),
        vae=place.home(models.autoencoder(vae, title=spec.title, dtype=dtype)),
        scheduler=models.scheduler(DDIMScheduler, base / "scheduler", title=spec.title),
        place=place,
        axis=-1 if spec.maskless else -2,
    )


def _unet(folder: Any, attention: Any, title: str, dtype: Any) -> Any:
    """The base UNet without cross-attention, its self-attentions replaced by the trained ones."""
    from tryon.nets.passing import without_cross_attention

    unet = without_cross_attention(models.empty_unet(folder, title=title))
    fill(unet, model_files(folder, title=title), title=title, dtype=dtype, unused=(r"\.attn2\.",))
    blocks = [module for name, module in unet.named_modules() if name.endswith("attn1")]
    trained: dict[int, dict[str, Tensor]] = {}
    for key, tensor in read_tensors(attention, title=title):
        number, _, name = key.partition(".")
        trained.setdefault(int(number) if number.isdigit() else -1, {})[name] = tensor.to(dtype)
    # The file numbers its entries by position among all attention modules: only their order matters.
    wanted = {f"{i}.{name}": tuple(v.shape) for i, block in enumerate(blocks) for name, v in block.state_dict().items()}
    ordered = [trained[number] for number in sorted(trained)]
    found = {f"{i}.{name}": tensor for i, part in enumerate(ordered) for name, tensor in part.items()}
    check(wanted, {k: v for k, v in found.items() if k in wanted}, [k for k in found if k not in wanted], title)
    for block, part in zip(blocks, ordered, strict=True):
        block.load_state_dict(part, assign=True, strict=True)
    return ready(unet)
