"""The video models with a loop of their own behind the real page: a client orders a film over HTTP and gets the mp4."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from gradio_client import Client, handle_file

from tests.browser.live import Live, Pictures, draw_pictures, serving
from tests.tiny.video.films import fetch
from tests.tiny.video.orders import OWN, short
from tryon.spec import VideoSpec
from tryon.types import STAGES

# The page is the same for all, and tests/tiny/test_own_flow.py films with each: one that decodes its film in one go,
# one that reads no words, one that films in the photo's own shape.
CHOSEN = ("open-sora-2", "fashionflow", "stiv-xl")
SPECS: dict[str, VideoSpec] = {entry.spec.name: short(entry.spec) for entry in OWN}  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    root = tmp_path_factory.mktemp("weights")
    for name in CHOSEN:
        for weights in SPECS[name].weights:
            fetch(weights, root)
    folder = tmp_path_factory.mktemp("page")
    environment = {"TRYON_WEIGHTS": str(root), "TRYON_OFFLINE": "1", "TRYON_MAX_PER_ADDRESS": "20"}
    with serving(folder, module="tests.tiny.video.serve", **environment) as page:
        yield page


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    return draw_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def client(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
        yield Client(live.url, verbose=False, download_files=str(tmp_path_factory.mktemp("got")))


def ordered(client: Client, pictures: Pictures, name: str) -> tuple[Any, list[Any]]:
    """What an order gives, and the events on the way."""
    pair = handle_file(str(pictures.person)), handle_file(str(pictures.garment))
    words = {"consent": True, "prompt": "turns around", "seed": 7, "quality": "draft", "label": False}
    job = client.submit(*pair, **words, video=name, api_name="/try_on_video")
    return job.result(timeout=300), [message[2] for message in job.outputs()]


@pytest.mark.parametrize("name", CHOSEN)
def test_a_film_over_http(name: str, client: Client, pictures: Pictures) -> None:
    (image, video, last), events = ordered(client, pictures, name)
    spec = SPECS[name]
    assert last["event"] == "Finished" and last["facts"]["video"] == name
    assert Path(image).read_bytes()[1:4] == b"PNG"
    film = iio.imread(video, plugin="FFMPEG")
    width, height = sorted(spec.sizes[0])  # turned to the photo's shape
    assert film.shape == (spec.frames[1], height, width, 3) and film.std() > 5
    started = [event["stage"] for event in events if event["event"] == "StageStarted"]
    assert started == list(STAGES)
    frames = [event["index"] for event in events if event["event"] == "FrameReady"]
    assert frames == list(range(spec.frames[1]))


def test_the_same_seed_gives_the_same_file(client: Client, pictures: Pictures) -> None:
    files = [Path(ordered(client, pictures, "stiv-xl")[0][1]).read_bytes() for _ in range(2)]
    assert files[0] == files[1]


def test_the_menu_says_what_can_run(client: Client) -> None:
    found = {model["name"]: model for model in client.predict(api_name="/models")["video"]}
    assert set(SPECS) <= set(found)
    assert "No weights were ever published" in found["stiv-xl"]["about"]
    assert found["step-video-ti2v"]["runs_here"]
