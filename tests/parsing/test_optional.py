"""Parsers of other people's networks: tiny ones of the published classes, saved as on the hub, read by our loaders."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.onnx_file import write_constant_network
from tryon.errors import NoPerson, NotOnThisMachine, TryonError, UnknownModel, WeightsMissing
from tryon.parsing import rembg_cutout, segformer, vitpose
from tryon.parsing.garment import EmbeddedGarmentParser
from tryon.pipeline import Pipeline
from tryon.settings import Settings
from tryon.spec import Machine, Runtime
from tryon.train.parser.augment import Sample
from tryon.types import KEYPOINT, LABEL, LABELS, Person, Photo

SMALL = Machine(device="cpu", name="test", gpu_gib=0, ram_gib=8, cores=2, torch=False)


@pytest.fixture(scope="module")
def segformer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("segformer")
    names = dict(enumerate(segformer.ATR))
    torch.manual_seed(0)
    config = transformers.SegformerConfig(
        num_encoder_blocks=2, depths=[1, 1], sr_ratios=[4, 2], hidden_sizes=[8, 16], patch_sizes=[7, 3],
        strides=[4, 2], num_attention_heads=[1, 2], mlp_ratios=[2, 2], decoder_hidden_size=16, id2label=names,
        label2id={name: i for i, name in names.items()},
    )  # fmt: skip
    model = transformers.SegformerForSemanticSegmentation(config)
    with torch.no_grad():  # a network that answers one class everywhere: "Dress"
        model.decode_head.classifier.weight.zero_()
        model.decode_head.classifier.bias.copy_(torch.eye(18)[7])
    model.save_pretrained(folder)
    transformers.SegformerImageProcessorPil(size={"height": 64, "width": 64}).save_pretrained(folder)
    return folder


def test_segformer_labels_the_person_and_nothing_else(
    segformer_folder: Path, renders: list[Sample], people: list[Person]
) -> None:
    parser = segformer.load(Runtime(spec=segformer.SPEC, weights=segformer_folder, threads=1))
    for render, own in zip(renders[:2], people, strict=False):
        person = parser(Photo(render.image))
        assert set(np.unique(person.labels)) <= {0, LABEL["dress"], LABEL["jumpsuit"]}
        body = own.outline > 127
        assert (person.labels[body] > 0).all() and (person.labels > 0).sum() < 1.4 * body.sum()
        assert np.array_equal(person.keypoints, own.keypoints)
        assert not person.parts[person.labels == 0].any() and person.labels.dtype == np.uint8


def test_finer_labels_stay_where_the_network_has_none(people: list[Person]) -> None:
    person = people[0]
    for coarse, finer in segformer.FINER.items():
        found = np.full(person.labels.shape, LABEL[coarse], np.uint8)
        labels = segformer.merged(person, found).labels
        kept = np.isin(person.labels, [LABEL[name] for name in finer]) & (person.outline > 127)
        assert np.array_equal(labels[kept], person.labels[kept])
        assert set(np.unique(labels)) <= {0, LABEL[coarse], *(LABEL[name] for name in finer)}
    with pytest.raises(NoPerson):
        segformer.merged(person, np.zeros_like(person.labels))


def test_every_class_of_the_clothes_network_has_a_label() -> None:
    assert len(segformer.ATR) == 18 and set(segformer.ATR.values()) <= set(LABELS)
    assert len(set(segformer.ATR.values())) == 18


@pytest.fixture(scope="module")
def vitpose_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("vitpose")
    torch.manual_seed(0)
    backbone = transformers.VitPoseBackboneConfig(
        image_size=[64, 48], patch_size=[16, 16], hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        out_features=["stage1"],
    )  # fmt: skip
    config = transformers.VitPoseConfig(backbone_config=backbone, num_labels=17, use_simple_decoder=True)
    transformers.VitPoseForPoseEstimation(config).save_pretrained(folder)
    transformers.VitPoseImageProcessorPil(size={"height": 64, "width": 48}).save_pretrained(folder)
    return folder


def test_vitpose_reads_joints_inside_the_persons_box(
    vitpose_folder: Path, renders: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    parser: Any = vitpose.load(Runtime(spec=vitpose.SPEC, weights=vitpose_folder, threads=1))
    photo = Photo(renders[0].image)
    plain = parser.base(photo)
    heat = torch.zeros(1, 17, 16, 12)
    heat[0, :, 4, 3] = 1.0  # every joint at a quarter of the box
    heat[0, 0] = 0.0
    heat[0, 0, 8, 6] = 0.1  # the nose: seen, but unsure
    monkeypatch.setattr(parser.model, "forward", lambda **_: SimpleNamespace(heatmaps=heat))
    monkeypatch.setattr(type(parser.model), "__call__", lambda self, *_: SimpleNamespace(heatmaps=heat))
    person = parser(photo)
    box, points = plain.box, person.keypoints
    wrist = points[KEYPOINT["left_wrist"]]
    # transformers widens the box by a quarter and to the network's aspect, about its middle.
    assert box.x0 - 0.6 * box.height < wrist[0] < (box.x0 + box.x1) / 2
    assert box.y0 - 0.15 * box.height < wrist[1] < (box.y0 + box.y1) / 2
    assert points[KEYPOINT["nose"], 2] == 0 and points[KEYPOINT["neck"], 2] == pytest.approx(1.0, abs=0.05)
    assert np.array_equal(person.labels, plain.labels)


def test_vitpose_network_runs_as_published(vitpose_folder: Path, renders: list[Sample]) -> None:
    parser = vitpose.load(Runtime(spec=vitpose.SPEC, weights=vitpose_folder, threads=1))
    person = parser(Photo(renders[0].image))
    assert person.keypoints.shape == (18, 3) and person.keypoints.dtype == np.float32
    height, width = person.labels.shape
    assert (person.keypoints[:, 0] <= width - 1).all() and (person.keypoints[:, 1] <= height - 1).all()


def test_joints_in_openpose_order() -> None:
    joints = np.stack([np.arange(17) * 10.0, np.arange(17) * 5.0, np.full(17, 0.9)], 1).astype(np.float32)
    joints[9, 2], joints[15, 0] = 0.1, 999
    points = vitpose.openpose(joints, 200, 100)
    assert points[KEYPOINT["right_knee"]].tolist() == pytest.approx([140, 70, 0.9])
    assert points[KEYPOINT["neck"]].tolist() == pytest.approx([55, 27.5, 0.9])
    assert points[KEYPOINT["left_wrist"], 2] == 0 and points[KEYPOINT["left_ankle"], 2] == 0


class _Session:
    """Stands for a session of rembg's: a name and masks."""

    def __init__(self, name: str, masks: list[np.ndarray]) -> None:
        self._name, self._masks = name, masks

    def name(self) -> str:
        return self._name

    def predict(self, _: Any) -> list[np.ndarray]:
        return self._masks


def _shirt() -> tuple[Photo, np.ndarray]:
    mask = np.zeros((320, 320), np.uint8)
    mask[60:280, 100:220] = 255
    mask[70:130, 50:270] = 255
    return Photo(np.where(mask[..., None] > 0, (60, 90, 160), (200, 180, 150)).astype(np.uint8)), mask


def test_a_flat_garment_is_read_from_rembgs_mask() -> None:
    photo, mask = _shirt()
    worn = EmbeddedGarmentParser(Runtime(spec=rembg_cutout.U2NET, threads=1))
    garment = rembg_cutout.RembgGarmentParser(_Session("u2net", [mask]), worn)(photo)
    assert np.array_equal(garment.cutout, mask) and garment.category == "top" and not garment.worn
    assert garment.landmarks["hem_left"][1] == pytest.approx(280, abs=12)


def test_the_clothes_network_tells_the_category() -> None:
    photo, mask = _shirt()
    worn = EmbeddedGarmentParser(Runtime(spec=rembg_cutout.U2NET, threads=1))
    none = np.zeros_like(mask)
    parser = rembg_cutout.RembgGarmentParser(_Session("u2net_cloth_seg", [none, none, mask]), worn)
    assert parser(photo).category == "dress"
    with pytest.raises(TryonError):
        parser(photo, "bottom")


@pytest.mark.parametrize("spec", rembg_cutout.SPECS, ids=lambda s: s.name)
def test_rembg_reads_its_own_files_and_downloads_none(spec: Any, tmp_path: Path) -> None:
    pytest.importorskip("rembg")
    name = spec.name.removeprefix("rembg-")
    runtime = Runtime(spec=spec, weights=tmp_path, threads=1)
    if not (Path.home() / ".u2net").exists() and not (Path.home() / ".rembg").exists():
        with pytest.raises(WeightsMissing, match=name):
            rembg_cutout.load(runtime)
    side, channels = {"u2net": (320, 1), "u2net_cloth_seg": (768, 4)}.get(name, (1024, 1))
    answer = np.zeros((1, channels, side, side), np.float32)
    answer[0, -1, side // 4 : side * 3 // 4, side // 4 : side * 3 // 4] = 1 if channels == 1 else 9
    write_constant_network(tmp_path / rembg_cutout.REPO / f"{name}.onnx", "image", (1, 3, side, side), {"out": answer})
    parser: Any = rembg_cutout.load(runtime)
    masks = parser.session.predict(__import__("PIL.Image").Image.new("RGB", (200, 100)))
    mask = np.asarray(masks[-1])
    assert mask.shape == (100, 200) and mask[50, 100] > 200 and mask[5, 5] < 50


def test_a_parser_is_chosen_by_name_and_refused_in_a_sentence() -> None:
    photo = Photo(np.zeros((300, 300, 3), np.uint8))
    with pytest.raises(NotOnThisMachine, match="SegFormer"):
        Pipeline(Settings(parser="segformer-clothes"), machine=SMALL).parse(photo)
    with pytest.raises(NotOnThisMachine, match="rembg"):
        Pipeline(Settings(garment_parser="rembg-u2net"), machine=SMALL).garment(photo)
    with pytest.raises(UnknownModel):
        Pipeline(Settings(parser="no-such"), machine=SMALL).parse(photo)
