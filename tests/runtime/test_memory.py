"""The memory planner as tables: what fits on which card, and what comes after running out."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.catalog import build_catalog
from tryon.notes import SENTENCES
from tryon.runtime.memory import (
    LADDER,
    RESERVE,
    Free,
    explained,
    gpu_need,
    is_smaller,
    memory_plan,
    name_of,
    next_rung,
    rungs,
    usual,
    usual_plan,
    waiting,
)
from tryon.runtime.shelf import Held, Shelf, leaving
from tryon.spec import Component, Footprint, Machine, Peak
from tryon.types import MemoryPlan

CARDS = (8, 12, 16, 24, 48, 80, 141)
# Wan 2.1 I2V 14B, the published sizes of its parts.
WAN = Footprint(
    components=(
        Component("transformer", "denoiser", 16_395_000_000),
        Component("text_encoder", "text", 5_681_000_000),
        Component("image_encoder", "image", 631_000_000, "float32"),
        Component("vae", "vae", 127_000_000, "float32"),
    ),
    denoise=Peak(volume=0.1075),
    decode=Peak(megapixel=18.3),
    tiled=Peak(fixed=1.5),
)
SMALL = replace(
    WAN, components=(Component("unet", "denoiser", 860_000_000), Component("vae", "vae", 84_000_000)),
    denoise=Peak(megapixel=1.0), decode=Peak(megapixel=2.0), tiled=None, dtype="float16",
)  # fmt: skip


@pytest.mark.parametrize(
    ("size", "frames", "expected"),
    [
        ((480, 832), 81, ("group", "group", "group", "fp8", "text", "whole", "whole")),
        ((720, 1280), 81, (None, "group", "group", "group", "model", "whole", "whole")),
        ((480, 640), 49, ("group", "group", "group", "fp8", "text", "whole", "whole")),
    ],
)
def test_wan_on_every_card(size: tuple[int, int], frames: int, expected: tuple[str | None, ...]) -> None:
    area = size[0] * size[1] / 1e6
    plans = [memory_plan(WAN, area, frames, Free(card, 128)) for card in CARDS]
    assert tuple(plan and name_of(plan) for plan in plans) == expected
    assert all(plan.gpu_gib <= card for plan, card in zip(plans, CARDS, strict=True) if plan)


@pytest.mark.parametrize(
    ("ram", "expected"),
    [
        (128, ("group", "group", "group", "int8_turns", "text", "whole", "whole")),
        (32, ("group", "group", "group", "int8_turns", "text", "whole", "whole")),
        (31, (None,) * 7),  # its denoiser cannot be read
    ],
)
def test_wan_on_every_card_with_torchao(ram: float, expected: tuple[str | None, ...]) -> None:
    plans = [memory_plan(WAN, 0.4, 81, Free(card, ram, int8=True)) for card in CARDS]
    assert tuple(plan and name_of(plan) for plan in plans) == expected


# Wan 2.2 TI2V 5B beside the main memory of rented machines.
@pytest.mark.parametrize(
    ("ram", "int8", "expected"),
    [
        (15, False, (None, None, None, None, "whole", "whole", "whole")),
        (15, True, (None, None, None, "int8", "whole", "whole", "whole")),
        (30, False, ("group", "fp8", "model", "model", "whole", "whole", "whole")),
        (30, True, ("group", "int8_turns", "model", "model", "whole", "whole", "whole")),
    ],
)
def test_a_small_main_memory(ram: float, int8: bool, expected: tuple[str | None, ...]) -> None:
    """What stays on the card in eight bits leaves main memory."""
    spec = build_catalog().get("video", "wan22-ti2v-5b").spec
    assert spec.footprint is not None
    plans = [memory_plan(spec.footprint, *usual(spec), Free(card, ram, int8)) for card in CARDS]
    assert tuple(plan and name_of(plan) for plan in plans) == expected


def test_eight_bits_as_declared() -> None:
    """A byte for each parameter but those that stay; of the text encoders too in int8."""
    denoiser, text, *_ = WAN.components
    parts = (replace(denoiser, kept=0.3), replace(text, kept=0.2))
    alone = replace(WAN, components=parts, denoise=Peak(), decode=Peak(), tiled=None)
    plans = {name_of(plan): plan for plan in rungs(alone, 0.4, 81, int8=True)}
    held = {name: plan.gpu_gib - RESERVE for name, plan in plans.items()}
    small, words = (part.parameters * (1 + part.kept) / 1024**3 for part in parts)
    assert held["int8"] == pytest.approx(small + words, abs=0.01)
    assert held["int8_turns"] == held["fp8"] == pytest.approx(small, abs=0.01)
    assert "int8" not in {name_of(plan) for plan in rungs(alone, 0.4, 81)}, "not without torchao"


def test_small_models_stay_whole_and_never_tile_without_tiles() -> None:
    plans = [memory_plan(SMALL, 0.79, 1, Free(card, 16)) for card in (4, *CARDS)]
    assert plans[0] is not None and name_of(plans[0]) == "model"  # one network at a time
    assert all(plan is not None and name_of(plan) == "whole" for plan in plans[1:])
    assert not any(way.tiling for way in rungs(SMALL, 0.79, 1))


@pytest.mark.parametrize(("ram", "expected"), [(16, None), (32, "group"), (64, "fp8"), (128, "fp8")])
def test_main_memory_counts(ram: float, expected: str | None) -> None:
    plan = memory_plan(WAN, 0.4, 81, Free(24, ram))
    assert (plan and name_of(plan)) == expected or (plan is not None and plan.ram_gib <= ram)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (0, 30.5),  # whole: the largest network, the others are on the card already or not read yet
        (1, 30.5),  # the text encoder is read and copied (2.4 x 10.6) when all else is on the card
        (2, 43.9),  # all wait
        (4, 30.5),  # the denoiser is read whole and made small (16.5); then all is less
        (6, 73.3),  # streamed: the denoiser and its pinned copy
        (9, 30.5),  # in eight bits and without streams nothing is copied
        (10, 43.9),
    ],
)
def test_main_memory_of_every_rung(place: int, expected: float) -> None:
    way = list(rungs(WAN, 0.4, 81))[place]
    assert way.ram_gib - RESERVE == pytest.approx(expected, abs=0.1)


def test_what_is_read_whole_would_not_fit_at_once() -> None:
    """Two denoisers in eight bits: one small, one whole; not both whole."""
    two = replace(WAN, components=(*WAN.components, Component("transformer_2", "denoiser", 16_395_000_000)))
    plan = list(rungs(two, 0.4, 81))[4]
    assert name_of(plan) == "fp8" and plan.ram_gib - RESERVE == pytest.approx(30.54 * 1.52, abs=0.1)


def test_what_a_backend_cannot_do_is_not_offered() -> None:
    stiff = replace(WAN, savings=frozenset({"model"}))
    assert [name_of(way) for way in rungs(stiff, 0.4, 81)] == ["whole", "model"]
    assert memory_plan(stiff, 0.4, 81, Free(24, 128)) is None


@settings(deadline=None, max_examples=60)
@given(card=st.floats(4, 160), ram=st.floats(8, 512), area=st.floats(0.05, 2.0), frames=st.integers(1, 257))
def test_a_plan_fits_and_faster_ones_do_not(card: float, ram: float, area: float, frames: int) -> None:
    plan = memory_plan(WAN, area, frames, Free(card, ram))
    ways = list(rungs(WAN, area, frames))
    if plan is None:
        assert not any(way.gpu_gib <= card and way.ram_gib <= ram for way in ways)
        return
    assert plan.gpu_gib <= card and plan.ram_gib <= ram
    assert not any(way.gpu_gib <= card and way.ram_gib <= ram for way in ways[: ways.index(plan)])


@settings(deadline=None, max_examples=40)
@given(area=st.floats(0.05, 1.0), frames=st.integers(5, 121), int8=st.booleans())
def test_the_ladder_leads_down_and_ends(area: float, frames: int, int8: bool) -> None:
    plan: MemoryPlan | None = next(iter(rungs(WAN, area, frames)))
    seen, free = [], Free(0, 512, int8)
    while plan is not None:
        seen.append(plan)
        plan = next_rung(plan, WAN, area, frames, free)
    assert int8 == ("int8_turns" in [name_of(plan) for plan in seen])
    assert len(seen) >= 5 and len(seen) <= len(LADDER)
    assert all(later.gpu_gib < earlier.gpu_gib for earlier, later in pairwise(seen))
    assert all(is_smaller(later, earlier) for earlier, later in pairwise(seen))


def test_every_rung_has_its_sentence() -> None:
    for name, _, way in LADDER:
        assert name_of(way) == name
        assert f"memory_{name}" in SENTENCES
        assert explained(replace(way, gpu_gib=20.2, ram_gib=43.9), "Wan").text.endswith(".")


@pytest.mark.parametrize("entry", build_catalog().entries, ids=lambda entry: entry.spec.name)
def test_the_catalogue_tells_what_it_needs(entry: object) -> None:
    spec = entry.spec  # type: ignore[attr-defined]
    big = Machine(device="cuda", name="a card", gpu_gib=141, ram_gib=512, cores=32, torch=True)
    if spec.footprint is None:
        assert usual_plan(spec, big) is None and gpu_need(spec) == spec.gpu_gib
        return
    plan = usual_plan(spec, big)
    assert plan is not None and name_of(plan) == "whole", "a 141 GB card holds every model whole"
    assert 0 < gpu_need(spec) <= 24, "with every saving a model runs on a 24 GB card"
    assert spec.counted > 10**8
    megapixels, frames = usual(spec)
    assert 0.05 < megapixels < 2.1 and frames >= 1
    assert waiting(spec, plan).gpu_gib < plan.gpu_gib


def held(gpu: float, ram: float, turn: int) -> Held:
    return Held(None, None, Free(gpu, ram), turn)


@pytest.mark.parametrize(
    ("models", "need", "gone"),
    [
        ({"a": held(10, 0, 1), "b": held(8, 0, 2)}, Free(5, 1), []),
        ({"a": held(10, 0, 1), "b": held(8, 0, 2)}, Free(10, 1), ["a"]),  # the longest unused goes
        ({"a": held(10, 0, 2), "b": held(8, 0, 1)}, Free(10, 1), ["b"]),
        ({"a": held(10, 0, 1), "b": held(8, 0, 2)}, Free(24, 1), ["a", "b"]),  # never two giants at once
        ({"a": held(0, 40, 1), "b": held(8, 0, 2)}, Free(10, 40), ["a"]),  # main memory
        ({"a": held(0, 4, 1), "b": held(8, 0, 2)}, Free(20, 4), ["b"]),  # what would not help stays
    ],
)
def test_who_leaves(models: dict[str, Held], need: Free, gone: list[str]) -> None:
    assert leaving(models, need, Free(24, 64)) == gone


def test_a_model_is_loaded_again_only_for_a_smaller_form() -> None:
    spec = build_catalog().get("video", "wan21-i2v-480p").spec
    assert spec.footprint is not None
    whole, text, model, *_ = rungs(spec.footprint, 0.4, 81)
    shelf = Shelf(Free(80, 128))
    shelf.put("wan", "loaded", text, spec)
    assert shelf.take("wan", whole) == "loaded" and shelf.take("wan", text) == "loaded"
    assert shelf.take("wan", model) is None and "wan" not in shelf
