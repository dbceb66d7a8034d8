"""How garments are worn: what each allows, what is asked for, and what is said where the two differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.drawing import draw_person, draw_tshirt
from tryon.catalog import build_catalog
from tryon.errors import NotAWear
from tryon.fitting import fit
from tryon.media.photo import read_photo
from tryon.parsing.wearing import ways_to_wear
from tryon.pipeline import Pipeline
from tryon.settings import Settings
from tryon.spec import Machine, TransferSpec
from tryon.transfer.warp import wishes_of
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import WEARS, Garment, Job, Request
from tryon.wearing import WORN, wear_notes

GARMENTS = Path(__file__).parent.parent / "assets" / "garments"
SHIRT = draw_tshirt()


@pytest.fixture
def pipeline(settings: Settings, laptop: Machine) -> Pipeline:
    return Pipeline(settings, build_catalog(), laptop)


def settled(pipeline: Pipeline, **changes: Any) -> Job:
    request = Request(
        person=draw_person().photo, garments=(SHIRT.photo,), consent=True, still_only=True, transfer="warp"
    )
    return pipeline.plan(replace(request, **changes))


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("cardigan", ("open", "rolled")),
        ("striped_shirt", ("tucked", "open", "rolled")),
        ("vneck_knit", ("tucked", "rolled")),
        ("white_tshirt", ("tucked",)),
        ("polo", ("tucked",)),
        ("floral_dress", ()),
        ("jeans", ()),
    ],
)
def test_what_a_garment_allows(pipeline: Pipeline, name: str, ways: tuple[str, ...]) -> None:
    photo = read_photo((GARMENTS / f"{name}.jpg").read_bytes(), pipeline.settings, "garment")
    assert ways_to_wear(pipeline.garment(photo)) == ways


@pytest.mark.parametrize("way", WEARS)
def test_a_choice_is_told_in_words_that_are_understood(pipeline: Pipeline, way: Any) -> None:
    wishes = read_wishes(WORN[way])
    assert [one for one in WEARS if getattr(wishes, one)] == [way]
    job = settled(pipeline, wear=(way,), prompt="turns left")
    spec = pipeline.catalog.get("transfer", "warp").spec
    assert isinstance(spec, TransferSpec)
    fitting = fit(job, spec, draw_person(), (SHIRT,), np.zeros(draw_person().labels.shape, np.uint8))
    assert fitting.prompt == f"turns left, {WORN[way]}" and job.prompt == "turns left"


def test_the_order_of_choices_does_not_count(pipeline: Pipeline) -> None:
    assert settled(pipeline, wear=("rolled", "tucked")).wear == ("tucked", "rolled")


@pytest.mark.parametrize("wear", [("backwards",), ("open", "open"), "open", None, 3])
def test_other_ways_are_refused(pipeline: Pipeline, wear: Any) -> None:
    with pytest.raises(NotAWear):
        settled(pipeline, wear=wear)


COAT = replace(SHIRT, kind="jacket", sleeves="long")
SKIRT = replace(SHIRT, category="bottom", kind="skirt")


@pytest.mark.parametrize(
    ("order", "garments", "codes"),
    [
        ({"wear": ("open",)}, (SHIRT,), ["wear_not_open"]),
        ({"prompt": "with her jacket open"}, (SHIRT,), ["wear_not_open"]),
        ({"wear": ("open", "rolled")}, (COAT,), []),
        ({"wear": ("open",)}, (SHIRT, COAT), []),
        ({"wear": WEARS}, (SKIRT,), ["wear_not_tucked", "wear_not_open", "wear_not_rolled"]),
        ({"prompt": "turns left"}, (SKIRT,), []),
    ],
)
def test_what_cannot_be_is_said(
    pipeline: Pipeline, order: dict[str, Any], garments: tuple[Garment, ...], codes: list[str]
) -> None:
    spec = pipeline.catalog.get("transfer", "warp").spec
    assert isinstance(spec, TransferSpec)
    assert [note.code for note in wear_notes(settled(pipeline, **order), spec, garments)] == codes


def test_a_model_that_reads_no_sentence_is_named(pipeline: Pipeline) -> None:
    spec = pipeline.catalog.get("transfer", "warp").spec
    assert isinstance(spec, TransferSpec)
    blind = replace(spec, reads=frozenset({"photo", "mask"}), title="Blind")
    (told,) = wear_notes(settled(pipeline, wear=("tucked",)), blind, (SHIRT,))
    assert told.code == "wear_not_read" and "Blind" in told.text
    assert wear_notes(settled(pipeline, prompt="tucked in"), blind, (SHIRT,)) == ()


@pytest.mark.parametrize(("garment", "opened"), [(SHIRT, False), (COAT, True)])
def test_nothing_closed_is_cut_open(pipeline: Pipeline, garment: Garment, opened: bool) -> None:
    spec = pipeline.catalog.get("transfer", "warp").spec
    assert isinstance(spec, TransferSpec)
    job = settled(pipeline, wear=("open", "tucked"))
    wishes = wishes_of(fit(job, spec, draw_person(), (garment,), np.zeros(draw_person().labels.shape, np.uint8)))
    assert (wishes.open, wishes.tucked) == (opened, True)
