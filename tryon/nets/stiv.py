"""STIV, "Scalable Text and Image Conditioned Video Generation" (Lin et al., Apple, ICCV 2025, arXiv:2412.07730).

Nobody has published weights or code; this is the network, the loss and the sampler as the paper tells them. What it
leaves open is chosen here and marked "ours".

Latents are (b, c, f, h, w), of an autoencoder that sees single frames. Times run from 0, noise, to 1, film.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WAVES = 256  # channels of the sinusoid of time


@dataclass(frozen=True, slots=True, kw_only=True)
class StivParams:
    """Sizes of the network. Channels of the latents, patch and text width are ours: the paper's parts are internal."""

    layers: int = 28
    width: int = 1152
    heads: int = 18
    tail: int = 2  # further blocks, which also see places that were hidden in training
    channels: int = 4
    patch: int = 2
    patch_time: int = 2
    text: int = 1280
    facts: int = 6  # numbers about the film that it is told, see `facts`
    side: int = 32  # latents; longer ones and larger ones get positions squeezed into what was trained
    frames: int = 20

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> StivParams:
        """From a config.json. Raises KeyError for what it does not know, TypeError for what is no number."""
        unknown = set(config) - set(cls.__dataclass_fields__)
        if unknown:
            raise KeyError(sorted(unknown)[0])
        return cls(**{name: int(value) for name, value in config.items()})

    def config(self) -> dict[str, int]:
        return asdict(self)


# The paper's table 9: XL 600 M, XXL 1.5 B, M 8.7 B. No one way of counting gives all three.
SIZES = {
    "xl": StivParams(),
    "xxl": StivParams(layers=38, width=1536, heads=24),
    "m": StivParams(layers=46, width=3072, heads=48),
}


def plain_norm(x: Tensor) -> Tensor:
    """LayerNorm without gain and offset."""
    return F.layer_norm(x, x.shape[-1:], eps=1e-6)


def angles(places: Tensor, channels: int, squeeze: float) -> Tensor:
    """(n,) -> (n, channels): how far each channel turns at each place."""
    waves = 1e4 ** (torch.arange(0, channels, 2, device=places.device).float() / channels)
    turned = (places.float() * squeeze)[:, None] / waves
    return torch.cat([turned, turned], dim=-1)


def turned(x: Tensor, by: Sequence[Tensor]) -> Tensor:
    """(b, heads, n, channels), its equal parts turned by one table each, (n, part) or (b, 1, n, part)."""
    done = []
    for part, angle in zip(x.chunk(len(by), dim=-1), by, strict=True):
        first, second = part.chunk(2, dim=-1)
        done.append(part * angle.cos().to(x) + torch.cat([-second, first], dim=-1) * angle.sin().to(x))
    return torch.cat(done, dim=-1)


class Attention(nn.Module):  # type: ignore[misc,unused-ignore]
    """With a norm of queries and keys; of x to itself, or to `context`."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.kv, self.o = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.q_norm, self.k_norm = (nn.RMSNorm(width // heads, 1e-6) for _ in range(2))

    def forward(self, x: Tensor, *, context: Tensor | None = None, rope: Sequence[Tensor] = ()) -> Tensor:
        key, value = self.kv(x if context is None else context).chunk(2, dim=-1)
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.q(x), key, value))
        query, key = self.q_norm(query), self.k_norm(key)
        if rope:
            query, key = turned(query, rope), turned(key, rope)
        return self.o(F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))


class Block(nn.Module):  # type: ignore[misc,unused-ignore]
    """Places of a frame see each other, then frames of a place, then the text; norms before and after each. Only the
    first and the feed-forward layer are modulated."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.spatial, self.temporal, self.cross = (Attention(width, heads) for _ in range(3))
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))

    def forward(
        self, x: Tensor, text: Tensor, modulation: Tensor, space: Sequence[Tensor], time: Sequence[Tensor]
    ) -> Tensor:
        """x: (b, frames, places, width); tables of `space` are of one frame, or of one frame of each of the batch."""
        batch, frames, places, _ = x.shape
        shift1, scale1, gate1, shift2, scale2, gate2 = (part[:, None, None] for part in modulation.chunk(6, dim=-1))
        space = [table.repeat_interleave(frames, 0)[:, None] if table.ndim == 3 else table for table in space]
        inner = (plain_norm(x) * (1 + scale1) + shift1).flatten(0, 1)
        x = x + gate1 * plain_norm(self.spatial(inner, rope=space)).unflatten(0, (batch, frames))
        inner = plain_norm(x).transpose(1, 2).flatten(0, 1)
        x = x + plain_norm(self.temporal(inner, rope=time)).unflatten(0, (batch, places)).transpose(1, 2)
        inner = plain_norm(x).flatten(1, 2)
        x = x + plain_norm(self.cross(inner, context=text)).unflatten(1, (frames, places))
        return x + gate2 * plain_norm(self.mlp(plain_norm(x) * (1 + scale2) + shift2))


@dataclass(frozen=True, eq=False)
class Text:
    """A sentence as the text network reads it."""

    tokens: Tensor  # (b, n, width)
    pooled: Tensor  # (b, width)

    def where(self, chosen: Tensor, other: Text) -> Text:
        """`other` where `chosen`, (b,) of bool, is true."""
        tokens = torch.where(chosen[:, None, None], other.tokens, self.tokens)
        return Text(tokens, torch.where(chosen[:, None], other.pooled, self.pooled))


def waves(numbers: Tensor) -> Tensor:
    """(b,) -> sinusoids (b, 256)."""
    from diffusers.models.embeddings import get_timestep_embedding

    return get_timestep_embedding(numbers.float(), WAVES, flip_sin_to_cos=True, downscale_freq_shift=0)


def facts(batch: int, height: int, width: int, frames: int, *, stride: int = 1) -> Tensor:
    """(b, 6) about films that were not cropped: height and width in px, place of the crop, stride between frames, their
    number."""
    return torch.tensor([[height, width, 0, 0, stride, frames]], dtype=torch.float32).repeat(batch, 1)


class Stiv(nn.Module):  # type: ignore[misc,unused-ignore]
    """Predicts the velocity from noise to film."""

    kept_whole = ("cube", "time_in", "facts_in", "text_in", "pool_in", "^ada$", "^out", "norm")

    def __init__(self, params: StivParams) -> None:
        super().__init__()
        width, cube = params.width, (params.patch_time, params.patch, params.patch)
        self.params = params
        self.cube = nn.Conv3d(params.channels, width, cube, cube)
        self.text_in, self.pool_in = nn.Linear(params.text, width), nn.Linear(params.text, width)

        def embedding() -> nn.Module:
            return nn.Sequential(nn.Linear(WAVES, width), nn.SiLU(), nn.Linear(width, width))

        self.time_in, self.facts_in = embedding(), nn.ModuleList(embedding() for _ in range(params.facts))
        self.ada = nn.Linear(width, 6 * width)  # one for all blocks
        self.blocks = nn.ModuleList(Block(width, params.heads) for _ in range(params.layers))
        self.tail = nn.ModuleList(Block(width, params.heads) for _ in range(params.tail))
        self.mask_token = nn.Parameter(torch.zeros(width))
        self.out_ada = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, params.channels * params.patch_time * params.patch**2)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(
        self, x: Tensor, time: Tensor, text: Text, *, facts: Tensor | None = None, hidden: float = 0.0
    ) -> Tensor:
        """x: latents, given frames already in place; time (b,); facts (b, n), see the function of that name. `hidden`:
        the share of places that the main blocks do not see, the same in every frame, so that frames of a place stay
        together (ours)."""
        params, shape = self.params, x.shape
        x = self.cube(x)
        frames, rows, columns = x.shape[2:]
        x = x.permute(0, 2, 3, 4, 1).flatten(2, 3)
        seen = plain_norm(self.time_in(waves(time * 1000).to(x))) + plain_norm(self.pool_in(text.pooled.to(x)))
        for told, embedding in zip(() if facts is None else facts.unbind(1), self.facts_in, strict=False):
            seen = seen + plain_norm(embedding(waves(told).to(x)))
        modulation, words = self.ada(F.silu(seen)), plain_norm(self.text_in(text.tokens.to(x)))
        space, along = self._tables(frames, rows, columns, x.device)
        if hidden:
            x = self._partly(x, words, modulation, space, along, hidden)
        else:
            for block in self.blocks:
                x = block(x, words, modulation, space, along)
        for block in self.tail:
            x = block(x, words, modulation, space, along)
        shift, scale = self.out_ada(F.silu(seen))[:, None, None].chunk(2, dim=-1)
        cubes = self.out(plain_norm(x) * (1 + scale) + shift)
        parted = cubes.unflatten(2, (rows, columns)).unflatten(
            -1, (params.channels, params.patch_time, params.patch, params.patch)
        )
        return parted.permute(0, 4, 1, 5, 2, 6, 3, 7).reshape(shape)

    def _tables(self, frames: int, rows: int, columns: int, device: Any) -> tuple[list[Tensor], list[Tensor]]:
        """Half of a head's channels turn with the row, half with the column; over time all of them do."""
        params, head = self.params, self.params.width // self.params.heads
        places = torch.cartesian_prod(torch.arange(rows, device=device), torch.arange(columns, device=device))
        squeeze = min(1.0, params.side / params.patch / max(rows, columns))
        space = [angles(axis, head // 2, squeeze) for axis in places.unbind(1)]
        squeeze = min(1.0, params.frames / params.patch_time / frames)
        return space, [angles(torch.arange(frames, device=device), head, squeeze)]

    def _partly(
        self, x: Tensor, words: Tensor, modulation: Tensor, space: list[Tensor], along: list[Tensor], hidden: float
    ) -> Tensor:
        batch, frames, places, width = x.shape
        order = torch.rand(batch, places, device=x.device).argsort(1)
        kept = order[:, : places - int(places * hidden)].sort(1).values
        where = kept[:, None, :, None].expand(-1, frames, -1, width)
        part, tables = x.gather(2, where), [table[kept] for table in space]
        for block in self.blocks:
            part = block(part, words, modulation, tables, along)
        return self.mask_token.to(part).expand(batch, frames, places, width).scatter(2, where, part)


def replaced(x: Tensor, clean: Tensor, given: Tensor) -> Tensor:
    """The paper's conditioning: given frames, (b, f) of bool, are there without noise at every time."""
    return torch.where(given[:, None, :, None, None], clean, x)


def training_loss(
    model: Callable[..., Tensor],
    films: Tensor,
    text: Text,
    nothing: Text,
    generator: torch.Generator | None = None,
    *,
    hidden: float = 0.0,
    without_text: float = 0.10,
    without_picture: float = 0.08,
) -> Tensor:
    """Flow matching: x_t = t film + (1 - t) noise, its target film - noise. The first frame is given but in a share of
    the batch, and is left out of the loss; the text is left out in another share. Times are logit-normal (ours)."""
    batch, frames = films.shape[0], films.shape[2]
    draws = {"generator": generator, "device": films.device}
    noise, time = torch.randn(films.shape, **draws), torch.sigmoid(torch.randn(batch, **draws))
    given = torch.zeros(batch, frames, dtype=torch.bool, device=films.device)
    given[:, 0] = torch.rand(batch, **draws) >= without_picture
    text = text.where(torch.rand(batch, **draws) < without_text, nothing)
    share = time.view(-1, 1, 1, 1, 1)
    noisy = replaced(share * films + (1 - share) * noise, films, given)
    error = (model(noisy, time, text, hidden=hidden) - (films - noise)).square()
    counted = (~given)[:, None, :, None, None].to(error).expand_as(error)
    return (error * counted).sum() / counted.sum()


def guided(with_all: Tensor, without: Tensor, scale: float, free: Tensor, *, renorm: bool = True) -> Tensor:
    """JIT-CFG: one prediction without text and picture serves both. With `renorm` the result is brought back to the
    size of the prediction with both. Only free frames count there: given ones have no loss in training, so that what
    is predicted for them is noise, and would drown the size (measured on the toy at scale 7.5: 0.47 of the films go the
    way they are told with them, 0.90 without)."""
    mixed = without + scale * (with_all - without)
    if not renorm:
        return mixed

    def size(v: Tensor) -> Tensor:
        return (v * free).flatten(1).norm(dim=1).view(-1, 1, 1, 1, 1)

    return mixed * size(with_all) / size(mixed).clamp_min(1e-12)


def sample(
    model: Callable[..., Tensor],
    noise: Tensor,
    clean: Tensor,
    given: Tensor,
    text: Text,
    nothing: Text,
    *,
    steps: int,
    scale: float,
    renorm: bool = True,
    dtype: torch.dtype = torch.float32,
    on_step: Callable[[Tensor], None] = lambda clean: None,
) -> Tensor:
    """Noise -> latents, both float32; `clean` counts where `given` (b, f) says so. on_step is told the clean film that
    a step implies. Euler's method, evenly (ours)."""
    x, free = noise, (~given)[:, None, :, None, None].to(noise)
    times = torch.linspace(0, 1, steps + 1).tolist()

    def predict(latents: Tensor, time: float, words: Text) -> Tensor:
        at = torch.full((len(noise),), time, device=noise.device)
        return model(latents.to(dtype), at, words).float()

    for now, after in pairwise(times):
        velocity = predict(replaced(x, clean, given), now, text)
        if scale != 1:
            # Without a picture the given frames are on their way from noise like the others.
            on_the_way = replaced(x, now * clean + (1 - now) * noise, given)
            velocity = guided(velocity, predict(on_the_way, now, nothing), scale, free, renorm=renorm)
        on_step(replaced(x + (1 - now) * velocity, clean, given))
        x = x + (after - now) * velocity
    return replaced(x, clean, given)


def began_with(model: Stiv, pictures: Mapping[str, Tensor]) -> Stiv:
    """A film model that begins as a picture model of the same width: its first layer repeated over the frames of a
    cube, frames at first not looking at each other. Raises KeyError when anything but time is missing."""
    state = dict(model.state_dict())
    for name in state:
        if name in pictures:
            weight = pictures[name]
            if name == "cube.weight" and weight.ndim == 4:
                weight = weight[:, :, None].expand_as(state[name]) / model.params.patch_time
            if name.startswith("out.") and len(weight) != len(state[name]):
                weight = _over_time(weight, model.params)
            state[name] = weight
        elif ".temporal.o." in name:
            state[name] = torch.zeros_like(state[name])
        elif ".temporal." not in name:
            raise KeyError(name)
    model.load_state_dict(state)
    return model


def _over_time(weight: Tensor, params: StivParams) -> Tensor:
    """The last layer's rows of a picture's patch, the same for every frame of a cube."""
    parted = weight.unflatten(0, (params.channels, 1, -1))
    return parted.expand(-1, params.patch_time, *parted.shape[2:]).flatten(0, 2)
