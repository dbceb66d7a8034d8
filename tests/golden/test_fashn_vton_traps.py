"""Wrong variants of FASHN VTON 1.5: each is found by its fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.golden.common import Golden, far, golden, torch, unpacked
from tests.golden.fashn import (
    COVERAGE,
    Patch,
    apart,
    forward,
    opened,
    recorded,
    sampled,
    shown,
)
from tryon.nets import fashn as net
from tryon.transfer import fashn_vton
from tryon.transfer.diffusion import fashn_pictures as pictures
from tryon.transfer.fashn_vton import Fashn


@pytest.fixture(scope="module")
def fixture() -> Golden:
    return golden("fashn_vton")


@pytest.fixture(scope="module")
def system(fixture: Golden, tmp_path_factory: pytest.TempPathFactory) -> Fashn:
    return opened(fixture, tmp_path_factory.mktemp("fashn"))


def _renamed(change: Callable[[str, Any], Iterator[tuple[str, Any]]], patch: Patch) -> None:
    right = net.published_parts

    def wrong(key: str, tensor: Any) -> Iterator[tuple[str, Any]]:
        for name, part in right(key, tensor):
            yield from change(name, part)

    patch.setattr(net, "published_parts", wrong)


def ending_not_exchanged(patch: Patch) -> None:
    def change(name: str, part: Any) -> Iterator[tuple[str, Any]]:
        yield name, torch.cat(part.chunk(2)[::-1]) if name.startswith("norm_out.") else part

    _renamed(change, patch)


def query_is_key(patch: Patch) -> None:
    other = {"to_q": "to_k", "to_k": "to_q"}

    def change(name: str, part: Any) -> Iterator[tuple[str, Any]]:
        yield ".".join(other.get(word, word) for word in name.split(".")), part

    _renamed(change, patch)


def scale_of_the_query_lost(patch: Patch) -> None:
    def change(name: str, part: Any) -> Iterator[tuple[str, Any]]:
        yield name, torch.ones_like(part) if name.endswith(".norm_q.weight") else part

    _renamed(change, patch)


def shift_is_scale(patch: Patch) -> None:
    def change(name: str, part: Any) -> Iterator[tuple[str, Any]]:
        if name.startswith("single.") and ".norm.linear." in name:
            shift, scale, gate = part.chunk(3)
            part = torch.cat([scale, shift, gate])
        yield name, part

    _renamed(change, patch)


def _placed(change: Callable[[Any], Any], patch: Patch) -> None:
    """Other positions: `change` of the (patches, 3) table of picture, row, column."""
    from diffusers.models.transformers.transformer_flux import FluxPosEmbed

    right = FluxPosEmbed.forward
    patch.setattr(FluxPosEmbed, "forward", lambda self, ids: right(self, change(ids)))


def rows_are_columns(patch: Patch) -> None:
    _placed(lambda ids: ids[:, [0, 2, 1]], patch)


def axes_in_another_order(patch: Patch) -> None:
    _placed(lambda ids: ids[:, [1, 2, 0]], patch)


def garment_beside_the_person(patch: Patch) -> None:
    right = net.FashnTransformer.positions

    def wrong(self: Any, device: Any) -> Any:
        one, _ = right(self, device)
        offset = self.rotary(torch.tensor([[1, 0, 0]]))
        turned = one[0] * offset[0] - one[1] * offset[1], one[1] * offset[0] + one[0] * offset[1]
        return one, tuple(torch.cat([other, own]) for own, other in zip(one, turned, strict=True))

    patch.setattr(net.FashnTransformer, "positions", wrong)


def mixer_skipped(patch: Patch) -> None:
    right = net.FashnTransformer.forward

    def wrong(self: Any, *given: Any) -> Any:
        self.mixer = torch.nn.ModuleList()
        return right(self, *given)

    patch.setattr(net.FashnTransformer, "forward", wrong)


def time_not_in_thousands(patch: Patch) -> None:
    patch.setattr(net, "TIME_SCALE", 1.0)


def sine_first(patch: Patch) -> None:
    from diffusers.models.embeddings import Timesteps

    right = Timesteps.__init__
    patch.setattr(Timesteps, "__init__", lambda self, n, **w: right(self, n, **{**w, "flip_sin_to_cos": False}))


def patches_channel_last(patch: Patch) -> None:
    def wrong(picture: Any, side: int) -> Any:
        right = picture.unflatten(1, (side, side, 3)).movedim(3, 1).flatten(1, 3)
        return torch.pixel_shuffle(right, side)

    patch.setattr(net.F, "pixel_shuffle", wrong)


WRONG_NETWORKS = [ending_not_exchanged, query_is_key, scale_of_the_query_lost, shift_is_scale, rows_are_columns,
                  axes_in_another_order, garment_beside_the_person, mixer_skipped, time_not_in_thousands, sine_first,
                  patches_channel_last]  # fmt: skip


@pytest.mark.parametrize("mutate", WRONG_NETWORKS)
def test_wrong_networks_are_found(
    mutate: Callable[[Patch], None], fixture: Golden, tmp_path: Path, monkeypatch: Patch
) -> None:
    mutate(monkeypatch)
    assert far(forward(fixture, opened(fixture, tmp_path)), fixture.io["fwd.out"]) > 100 * fixture.tolerance["fwd"]


def category_kept_without_garment(system: Fashn, patch: Patch) -> Fashn:
    class Told(torch.nn.Module):
        params, proj_out = system.net.params, system.net.proj_out

        def forward(self, *given: Any) -> Any:
            *rest, ids = given
            return system.net(*rest, ids.where(ids > 0, ids.max()))

    return replace(system, net=Told())


def nothing_is_black(system: Fashn, patch: Patch) -> Fashn:
    right = torch.zeros_like
    patch.setattr(torch, "zeros_like", lambda x: right(x) - 1 if x.ndim == 4 else right(x))
    return system


def guided_to_the_end(system: Fashn, patch: Patch) -> Fashn:
    class Always(Fashn):
        def sample(self, *given: Any, **words: Any) -> Any:
            return super().sample(*given, **{**words, "plain_last": 0})

    return Always(**vars(system))


def _shifted(shift: float) -> Callable[[Fashn, Patch], Fashn]:
    def mutate(system: Fashn, patch: Patch) -> Fashn:
        right = fashn_vton.schedule
        patch.setattr(fashn_vton, "schedule", lambda steps: right(steps, shift))
        return system

    return mutate


@pytest.mark.parametrize(
    "mutate",
    [category_kept_without_garment, nothing_is_black, guided_to_the_end, _shifted(-1.5), _shifted(1.15)],
    ids=["category kept", "black", "guided to the end", "shifted the other way", "shifted by 1.15"],
)
def test_wrong_samplers_are_found(
    mutate: Callable[[Fashn, Patch], Fashn], fixture: Golden, system: Fashn, monkeypatch: Patch
) -> None:
    wrong = mutate(system, monkeypatch)
    worst = 0.0
    for run, facts in fixture.meta["runs"].items():
        last = facts["num_timesteps"] - 1
        worst = max(worst, far(sampled(fixture, wrong, run)[0], fixture.io[f"{run}.x_after_step.{last}"]))
    assert worst > 100 * fixture.tolerance["x_after_step"]


def rounded(patch: Patch) -> None:
    def wrong(found: Any) -> Any:
        return ((found.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()

    patch.setattr(pictures, "truncated_pixels", wrong)


def test_rounding_is_found(fixture: Golden, system: Fashn, monkeypatch: Patch) -> None:
    rounded(monkeypatch)
    same = []
    for run in fixture.meta["runs"]:
        found, _ = sampled(fixture, system, run)
        picture = pictures.cut_back(pictures.truncated_pixels(found), recorded(fixture, run).padding)
        same.append(1 - apart(picture, fixture.io[f"{run}.image_u8"]))
    assert min(same) < fixture.tolerance["image_u8_equal_fraction"]


def white_padding(patch: Patch) -> None:
    right = cv2.copyMakeBorder
    patch.setattr(cv2, "copyMakeBorder", lambda *given, **words: right(*given, **{**words, "value": (255, 255, 255)}))


def linear_instead_of_area(patch: Patch) -> None:
    patch.setattr(cv2, "INTER_AREA", cv2.INTER_LINEAR)


def plain_nearest(patch: Patch) -> None:
    patch.setattr(cv2, "INTER_NEAREST_EXACT", cv2.INTER_NEAREST)


def other_grey(patch: Patch) -> None:
    patch.setattr(pictures, "GREY", 128)


def first_person(patch: Patch) -> None:
    patch.setattr(pictures, "main_person", lambda body, scores: 0)


def _as_openpose(fixture: Golden, key: str) -> tuple[Any, Any]:
    """Body points and scores of a picture's people, as `main_person` takes them."""
    points, scores = fixture.io[key].numpy(), fixture.io[key.replace("keypoints", "scores")].numpy()
    neck, order = points[:, 5:7].mean(1, keepdims=True), list(pictures.OPENPOSE)
    seen = (scores[:, 5:7].min(1) > pictures.SEEN)[:, None]
    return np.concatenate([points[:, :17], neck], 1)[:, order], np.concatenate([scores[:, :17], seen], 1)[:, order]


def kept_labels_ignored(patch: Patch) -> None:
    patch.setattr(pictures, "KEPT", dict.fromkeys(pictures.KEPT, ()))


def reach_of_half(patch: Patch) -> None:
    right = pictures._distance
    patch.setattr(pictures, "_distance", lambda plane: right(plane) * 2)


@pytest.mark.parametrize(
    "mutate",
    [white_padding, linear_instead_of_area, plain_nearest, other_grey, first_person, kept_labels_ignored,
     reach_of_half],
)  # fmt: skip
def test_wrong_preparations_are_found(
    mutate: Callable[[Patch], None], fixture: Golden, system: Fashn, monkeypatch: Patch
) -> None:
    several = [
        bodies
        for key in fixture.io
        if key.endswith("_keypoints133")
        and len(bodies := fixture.io[key]) > 1
        and pictures.main_person(*_as_openpose(fixture, key)) != 0
    ]
    if mutate is first_person and not several:
        pytest.skip("the first person is the main one in every picture of this fixture")
    mutate(monkeypatch)
    found = 0.0
    for run in fixture.meta["runs"]:
        for own, other in zip(shown(fixture, system, run).rows, recorded(fixture, run).rows, strict=True):
            found = max(found, apart(own, other) / fixture.tolerance["cond_differing_fraction"])
    for key in fixture.io:
        if key.startswith("pre") and key.endswith(".labels"):
            labels, pre = fixture.pixels(key), key.removesuffix(".labels")
            for coverage, category in COVERAGE.items():
                theirs = unpacked(fixture.io[f"{pre}.agnostic_bits.{coverage}"], labels.shape[1])
                share = apart(pictures.agnostic_area(labels, category), theirs)
                found = max(found, share / fixture.tolerance["mask_differing_fraction"])
    assert found > 1
