"""The named endpoints, through gradio_client, on a real port."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from tests.browser.live import Live, Pictures
from tests.drawing import draw_person, draw_tshirt
from tests.media.makers import FACTS
from tryon.media.mp4 import VideoWriter
from tryon.types import STAGES

ENDPOINTS = {"/try_on_image", "/try_on_video", "/models", "/delete"}


@pytest.fixture(scope="module")
def client(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
        yield Client(live.url, verbose=False, download_files=str(tmp_path_factory.mktemp("got")))


def photos(pictures: Pictures) -> tuple[Any, Any]:
    return handle_file(str(pictures.person)), handle_file(str(pictures.garment))


def test_only_four_endpoints_are_public(client: Client) -> None:
    api = client.view_api(return_format="dict", print_info=False)
    assert set(api["named_endpoints"]) == ENDPOINTS and not api["unnamed_endpoints"]
    parameters = api["named_endpoints"]["/try_on_video"]["parameters"]
    required = [p["parameter_name"] for p in parameters if not p["parameter_has_default"]]
    assert required == ["person", "garment"]


def test_models(client: Client) -> None:
    found = client.predict(api_name="/models")
    assert [m["name"] for m in found["transfer"]] == ["paint", "big-paint"]
    assert [m["runs_here"] for m in found["video"]] == [True, False]
    assert found["video"][0]["default"] and "GPU" in found["video"][1]["why_not"] + " GPU"


def test_video_streams_events_and_ends_with_both_files(client: Client, pictures: Pictures) -> None:
    job = client.submit(
        *photos(pictures), consent=True, prompt="sways", seconds=1, seed=7, size="480x640", api_name="/try_on_video"
    )
    image, video, last = job.result(timeout=120)
    events = [message[2]["event"] for message in job.outputs()]
    assert Path(image).read_bytes()[1:4] == b"PNG" and b"ftyp" in Path(video).read_bytes()[:12]
    assert last["event"] == "Finished" and last["facts"]["seed"] == 7
    assert (last["facts"]["width"], last["facts"]["height"], last["facts"]["frames"]) == (480, 640, 24)
    started = [message[2]["stage"] for message in job.outputs() if message[2]["event"] == "StageStarted"]
    assert started == list(STAGES) and "FrameReady" in events
    assert str(Path(image).parent.parent) not in json.dumps(last) and "/look" not in json.dumps(last)
    assert b"SecretCamera" not in Path(image).read_bytes() + Path(video).read_bytes()


def test_a_clip_is_dressed_as_it_is(live: Live, client: Client, pictures: Pictures, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "me.mp4", 384, 512, 12, FACTS) as film:
        for step in range(6):
            film.write(np.roll(draw_person().photo.pixels, 2 * step, axis=1))
    pair = handle_file(str(tmp_path / "me.mp4")), handle_file(str(pictures.garment))
    image, video, last = client.predict(*pair, consent=True, api_name="/try_on_video")
    assert Path(image).read_bytes()[1:4] == b"PNG" and b"ftyp" in Path(video).read_bytes()[:12]
    assert (last["facts"]["width"], last["facts"]["height"], last["facts"]["frames"]) == (384, 512, 6)
    assert not [path for path in live.files() if path.name == "me.mp4"]


def test_the_same_seed_gives_the_same_picture(client: Client, pictures: Pictures) -> None:
    got = [client.predict(*photos(pictures), consent=True, seed=11, api_name="/try_on_image")[0] for _ in range(2)]
    assert Path(got[0]).read_bytes() == Path(got[1]).read_bytes()


def test_several_garments_are_put_on_one_after_the_other(
    live: Live, client: Client, pictures: Pictures, tmp_path: Path
) -> None:
    blue = tmp_path / "blue.png"
    Image.fromarray(draw_tshirt((20, 40, 200)).photo.pixels).save(blue)
    more = [handle_file(str(blue))]
    image, event = client.predict(*photos(pictures), consent=True, more_garments=more, api_name="/try_on_image")
    red, _, over = Image.open(image).convert("RGB").getpixel((300, 280))
    assert over > red + 40, "the second lies over the first"
    assert event["event"] == "Finished" and not [path for path in live.files() if path.name == "blue.png"]
    with pytest.raises(Exception, match="The number of garments must be between 1 and 4"):
        client.predict(*photos(pictures), consent=True, more_garments=more * 4, api_name="/try_on_image")
    assert not [path for path in live.files() if path.name == "blue.png"]


def test_uploads_are_gone_and_delete_takes_the_rest(live: Live, client: Client, pictures: Pictures) -> None:
    _, event = client.predict(*photos(pictures), consent=True, api_name="/try_on_image")
    assert not [path for path in live.files() if path.name.startswith(("person", "shirt"))]
    assert [path for path in live.files() if path.name == "look.png"]
    before = len(live.files())
    assert client.predict(event["session"], api_name="/delete") == {"deleted": True}
    assert len(live.files()) < before
    assert client.predict(event["session"], api_name="/delete") == {"deleted": False}
    assert client.predict({"a": 1}, api_name="/delete") == {"deleted": False}


def test_two_visitors_see_only_their_own(live: Live, client: Client, pictures: Pictures, tmp_path: Path) -> None:
    colours = {"red": (210, 30, 30), "blue": (30, 40, 210)}
    clients = {name: Client(live.url, verbose=False, download_files=str(tmp_path / name)) for name in colours}
    jobs = {}
    for name, colour in colours.items():
        shirt = tmp_path / f"{name}.png"
        Image.fromarray(draw_tshirt(colour).photo.pixels).save(shirt)
        pair = handle_file(str(pictures.person)), handle_file(str(shirt))
        jobs[name] = clients[name].submit(*pair, consent=True, api_name="/try_on_image")
    for name, job in jobs.items():
        image, _ = job.result(timeout=120)
        red, _, blue = Image.open(image).convert("RGB").getpixel((300, 300))
        assert (red > blue + 40) == (name == "red"), name
        assert len({message[1]["session"] for message in job.outputs()}) == 1


def test_no_person_is_a_sentence(client: Client, pictures: Pictures) -> None:
    with pytest.raises(Exception, match="We could not find a person in that photo"):
        client.predict(
            handle_file(str(pictures.nobody)),
            handle_file(str(pictures.garment)),
            consent=True,
            api_name="/try_on_image",
        )


def test_a_broken_file_is_a_sentence(client: Client, pictures: Pictures) -> None:
    with pytest.raises(Exception, match="We could not open that file"):
        client.predict(
            handle_file(str(pictures.broken)),
            handle_file(str(pictures.garment)),
            consent=True,
            api_name="/try_on_image",
        )


# Everything below is refused before a picture is decoded.
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"consent": False}, "Please confirm"),
    ({"consent": "true"}, "Please confirm"),
    ({"consent": 1}, "Please confirm"),
    ({"size": "1000000000x2"}, "The size must be|width"),
    ({"size": [10**9, 10**9]}, "The width must be"),
    ({"size": [640]}, "The size must be"),
    ({"size": {"w": 1}}, "The size must be"),
    ({"size": "huge"}, "The size must be"),
    ({"seconds": -1}, "The length must be"),
    ({"seconds": 1e9}, "The length must be"),
    ({"seconds": "3"}, "The length must be"),
    ({"seconds": [3]}, "The length must be"),
    ({"fps": 0}, "The frame rate must be"),
    ({"fps": 10**9}, "The frame rate must be"),
    ({"fps": "fast"}, "The frame rate must be"),
    ({"seed": -5}, "The seed must be"),
    ({"seed": 2**40}, "The seed must be"),
    ({"seed": [1]}, "The seed must be"),
    ({"seed": True}, "The seed must be"),
    ({"transfer": "nope"}, "There is no transfer model called nope"),
    ({"transfer": {"a": 1}}, "There is no transfer model"),
    ({"video": ["sway"]}, "There is no video model"),
    ({"video": "big-film"}, "cannot run on this machine"),
    ({"category": "hat"}, "The kind of garment"),
    ({"category": 7}, "The kind of garment"),
    ({"quality": None}, "The quality must be"),
    ({"quality": "max"}, "The quality must be"),
    ({"prompt": "x" * 10_000}, "Keep the motion text under"),
    ({"prompt": "naked"}, "We do not make pictures like that"),
    ({"samples": 5}, "The number of tries must be"),
    ({"samples": "2"}, "The number of tries must be"),
    ({"strength": 1.5}, "The freedom from the first guess must be"),
    ({"strength": [0]}, "The freedom from the first guess must be"),
]


@pytest.mark.parametrize(("asked", "sentence"), REFUSED, ids=[str(a)[:40] for a, _ in REFUSED])
def test_impossible_orders_get_a_sentence(
    client: Client, pictures: Pictures, asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Exception, match=sentence):
        client.predict(*photos(pictures), api_name="/try_on_video", **{"consent": True, **asked})


def test_nothing_stays_of_a_refused_order(live: Live, client: Client, pictures: Pictures) -> None:
    with pytest.raises(Exception, match="Please confirm"):
        client.predict(*photos(pictures), consent=False, api_name="/try_on_image")
    assert not [path for path in live.files() if path.name.startswith(("person", "shirt"))]


@pytest.mark.parametrize("address", ["/etc/passwd", "app.py", "http://127.0.0.1:1/x.png", "http://169.254.169.254/a"])
def test_paths_and_addresses_in_a_payload_are_refused(live: Live, address: str) -> None:
    picture = {"path": address, "meta": {"_type": "gradio.FileData"}}
    body = json.dumps({"data": [picture, picture, "", True]}).encode()
    call = f"{live.url}/gradio_api/call/try_on_image"
    request = urllib.request.Request(call, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{call}/{event}", timeout=120) as stream:
        text = stream.read().decode()
    assert "event: error" in text and "root:" not in text and "Traceback" not in text
