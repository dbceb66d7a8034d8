"""The picture gate: a real classifier of two classes, small, from files as on the hub; absent, it says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.errors import PictureRefused
from tryon.gate import FILES, REPO, Gate, gate_folder
from tryon.settings import Settings

PICTURE = draw_person().photo.pixels


def write_classifier(folder: Path, *, refuses: bool) -> None:
    """A tiny ViT that answers one of its two classes for everything."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = transformers.ViTConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, image_size=32, patch_size=16,
        id2label={0: "normal", 1: "nsfw"}, label2id={"normal": 0, "nsfw": 1},
    )  # fmt: skip
    model = transformers.ViTForImageClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor([-4.0, 4.0] if refuses else [4.0, -4.0]))
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        '{"do_resize": true, "do_normalize": true, "size": {"height": 32, "width": 32}, '
        '"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "image_processor_type": "ViTImageProcessor"}'
    )


def test_absent_it_lets_everything_through_and_says_so(settings: Settings) -> None:
    gate = Gate(settings)
    assert not gate.present
    gate.check(PICTURE, "person")


@pytest.mark.parametrize("missing", FILES)
def test_half_a_classifier_is_none(missing: str, settings: Settings) -> None:
    folder = settings.weights / REPO
    write_classifier(folder, refuses=True)
    assert gate_folder(settings) == folder
    (folder / missing).unlink()
    assert gate_folder(settings) is None


def test_it_explains_itself(settings: Settings) -> None:
    write_classifier(settings.weights / REPO, refuses=True)
    gate = Gate(settings)
    assert gate.present
    with pytest.raises(PictureRefused, match=r"100 %.*80 % is the limit") as refused:
        gate.check(PICTURE, "person")
    assert refused.value.where == "person"
    with pytest.raises(PictureRefused) as refused:
        gate.check(PICTURE, "result")
    assert refused.value.where is None


def test_what_is_harmless_passes(settings: Settings) -> None:
    write_classifier(settings.weights / REPO, refuses=False)
    Gate(settings).check(np.zeros((64, 48, 3), np.uint8), "result")


def test_a_refused_person_is_not_even_parsed(settings: Settings, tmp_path: Path, monkeypatch: Any) -> None:
    from tryon.events import Failed
    from tryon.pipeline import Pipeline
    from tryon.types import Request

    write_classifier(settings.weights / REPO, refuses=True)
    pipeline = Pipeline(replace(settings, offline=True))
    monkeypatch.setattr(pipeline, "parse", lambda photo: pytest.fail("parsed"))
    photo = draw_person().photo
    request = Request(person=photo, garments=(photo,), still_only=True, consent=True, transfer="warp")
    events = list(pipeline.run(pipeline.plan(request), tmp_path))
    assert isinstance(events[-1], Failed) and events[-1].code == "picture_refused"
