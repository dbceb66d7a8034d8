"""What is particular to DCI-VTON, VITON and ViViD in the product: warps, outlines, clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.drawing import draw_person  # noqa: E402
from tests.golden import hub  # noqa: E402
from tests.golden.common import golden, runtime  # noqa: E402
from tests.tiny.build import HEIGHT, WIDTH, finished, order  # noqa: E402
from tryon.catalog import build_catalog  # noqa: E402
from tryon.errors import WeightsMissing  # noqa: E402
from tryon.events import Progress  # noqa: E402
from tryon.transfer import dci_vton, viton, vivid  # noqa: E402
from tryon.transfer.diffusion.pictures import body_parts_picture  # noqa: E402
from tryon.types import LABEL, Box, Clip, ClipFitting, Dressed, Fitting, Footage, Look, Note  # noqa: E402
from tryon.weights.files import read_shapes  # noqa: E402

# ----------------------------------------------------------------------------------------------- DCI-VTON


def large_order() -> Fitting:
    person = draw_person()
    return order(person=person, mask=None, crop=Box(0, 0, person.photo.width, person.photo.height))


def test_our_warp_lays_the_garment_on_the_trunk() -> None:
    fitting = large_order()
    rgb, alpha = dci_vton.our_warp(fitting)
    labels = fitting.person.labels
    worn = alpha > 0.5
    assert worn[labels == LABEL["upper"]].mean() > 0.8
    assert worn[np.isin(labels, (LABEL["pants"], LABEL["background"]))].mean() < 0.1
    assert np.abs(np.median(rgb[worn], axis=0) - (196, 60, 52)).max() < 30


@pytest.mark.parametrize("published", [False, True])
def test_what_the_sampler_sees(published: bool, tmp_path: Path) -> None:
    """The photo where it is kept, the garment where it is not, and nothing but finite numbers, for either warp."""
    hub.dci_vton(golden("dci_vton"), tmp_path)
    if published:
        if golden("dci_vton_warp").meta["config"]["label_nc"] != len(
            dci_vton.merged_planes(np.zeros((2, 2), np.uint8))
        ):
            pytest.skip("the fixture's warper reads other labels")
        hub.dci_vton_warper(golden("dci_vton_warp"), tmp_path)
    system = dci_vton.open_system(runtime("dci-vton", tmp_path))
    assert (system.warper is not None) == published
    fitting = large_order()
    mask = np.zeros(fitting.person.labels.shape, np.uint8)
    mask[fitting.person.labels == LABEL["upper"]] = 255
    seen, garment = dci_vton.prepared(system, fitting, mask)
    side = fitting.person.photo.height
    assert seen.inpaint.shape == seen.pasted.shape == (1, 3, side, side) and seen.keep.shape == (1, 1, side, side)
    assert garment.shape == (1, 3, 224, 224)
    assert all(torch.isfinite(value).all() for value in (seen.inpaint, seen.pasted, garment))
    photo = dci_vton._square(dci_vton.as_tensor(fitting.person.photo.pixels))
    kept = torch.nn.functional.max_pool2d(1 - seen.keep, 9, 1, 4) == 0  # away from the mask's edge
    assert (seen.pasted - photo)[kept.expand_as(photo)].abs().max() < 1e-5
    if not published:
        red = seen.pasted[0][:, seen.keep[0, 0] == 0].median(dim=1).values
        assert red[0] > red[1] and red[0] > red[2], "the garment is red"


# ------------------------------------------------------------------------------------------------- VITON


@pytest.fixture(scope="module")
def tiny_viton(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = hub.viton(golden("viton"), tmp_path_factory.mktemp("viton"))
    return viton.open_system(runtime("viton", root))


def test_both_stages_where_there_is_an_outline(tiny_viton: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a mask that stage 1 could have given, the garment is warped into it and the seed means something."""
    first = viton.Viton.first

    def shaped(self: Any, maps: Any) -> Any:
        coarse = first(self, maps)
        mask = np.full_like(coarse.mask, -1)
        mask[60:180, 50:140] = 1
        return replace(coarse, mask=mask)

    monkeypatch.setattr(viton.Viton, "first", shaped)
    monkeypatch.setattr(viton, "open_system", lambda runtime: tiny_viton)
    model = viton.load(runtime("viton", Path()))
    run, again, other = (finished(model(order(seed=seed))) for seed in (7, 7, 8))
    assert not run.of(Note)
    assert (run.dressed.pixels == again.dressed.pixels).all()  # type: ignore[union-attr]
    assert (run.dressed.pixels != other.dressed.pixels).any()  # type: ignore[union-attr]


def test_a_lost_outline_is_told(tiny_viton: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = viton.Viton.first
    monkeypatch.setattr(
        viton.Viton, "first", lambda self, maps: replace(first(self, maps), mask=np.full((256, 192), -1, np.float32))
    )
    monkeypatch.setattr(viton, "open_system", lambda runtime: tiny_viton)
    run = finished(viton.load(runtime("viton", Path()))(order()))
    assert [note.code for note in run.of(Note)] == ["outline_lost"]
    assert run.dressed is not None


# ------------------------------------------------------------------------------------------------- ViViD


@pytest.fixture(scope="module")
def tiny_vivid(tmp_path_factory: pytest.TempPathFactory) -> vivid.Dresser:
    root = hub.vivid(golden("vivid"), tmp_path_factory.mktemp("vivid"))
    return build_catalog().get("transfer", "vivid").load(runtime("vivid", root))


def clip_order(gone: tuple[int, ...] = ()) -> ClipFitting:
    """Four frames of the drawn person, parsed in each; nobody in those of `gone`."""
    still = order(steps=2, mask=None)
    frames = np.stack([still.person.photo.pixels] * 4)
    people = tuple(None if index in gone else still.person for index in range(4))
    footage = Footage(clip=Clip(frames, 8.0), at=(0, 1, 2, 3), people=people, key=0)
    photo, person = still.person.photo, still.person
    look = Look(photo=photo, person=person, before=photo, mask=None, garments=still.garments, category="top")
    return ClipFitting(footage=footage, still=still, look=look)


def test_a_clip_comes_frame_by_frame(tiny_vivid: vivid.Dresser) -> None:
    task = clip_order(gone=(2,))
    events = list(tiny_vivid.dress_clip(task))
    frames = [event for event in events if isinstance(event, Dressed)]
    assert len(frames) == 4
    assert [event.fraction for event in events if isinstance(event, Progress)][-1] == 1.0
    assert all(event.stage == "video" for event in events if isinstance(event, Progress))
    before = task.footage.clip.frames[0]
    for index, frame in enumerate(frames):
        assert frame.pixels.shape == (HEIGHT, WIDTH, 3)
        assert (frame.pixels[frame.alpha == 0] == before[frame.alpha == 0]).all()
        assert (frame.alpha.max() > 0) == (index != 2), "a frame without the person stays as it is"
    again = [event for event in tiny_vivid.dress_clip(task) if isinstance(event, Dressed)]
    assert all((a.pixels == b.pixels).all() for a, b in zip(frames, again, strict=True))


def test_a_clip_can_be_stopped(tiny_vivid: vivid.Dresser) -> None:
    task = clip_order()
    steps = tiny_vivid.dress_clip(replace(task, still=replace(task.still, steps=40)))
    while not isinstance(next(steps), Progress):
        pass
    steps.close()  # type: ignore[attr-defined]
    assert not tiny_vivid.system.attention.tokens and tiny_vivid.system.hint.features is None


def test_windows_cover_a_longer_clip(tiny_vivid: vivid.Dresser) -> None:
    """The same clip at once and in overlapping windows differ, and both are whole."""
    system, fitting = tiny_vivid.system, order()
    assert fitting.mask is not None
    frames = vivid.frames_of([(fitting.person.photo.pixels, fitting.person, fitting.mask)] * 5)
    cloth = tiny_vivid._cloth(fitting)
    words = {"steps": 2, "guidance": 2.0, "on_step": lambda step: None}
    with torch.inference_mode():
        whole, parts = (
            system.sample(frames, cloth, noise=vivid.Noise(3), window=window, overlap=1, **words) for window in (24, 3)
        )
    assert whole.shape == parts.shape == (5, 4, HEIGHT // 8, WIDTH // 8)
    assert torch.isfinite(parts).all() and not torch.equal(whole, parts)


def test_the_body_in_viridis() -> None:
    """The colours that the authors' own clips have: violet behind, yellow for the last label, blue-green between."""
    picture = body_parts_picture(np.array([[0, 12, 24]], np.uint8), "viridis")
    assert picture[0].tolist()[0] == [68, 1, 84]
    assert np.abs(picture[0, 1].astype(int) - (33, 145, 140)).max() < 6
    assert np.abs(picture[0, 2].astype(int) - (253, 231, 36)).max() < 6


def test_missing_motion_modules_are_named(tmp_path: Path) -> None:
    """A denoiser without motion modules, and AnimateDiff's file not there either."""
    root = hub.vivid(golden("vivid"), tmp_path, split=True)
    (root / "guoyww/animatediff/mm_sd_v15_v2.ckpt").unlink()
    with pytest.raises(WeightsMissing, match="mm_sd_v15_v2"):
        vivid.open_system(runtime("vivid", root))
    file = root / "alibaba-yuanjing-aigclab/ViViD/denoising_unet.pth"
    assert not any("motion_modules" in key for key in read_shapes(file, title="M"))
