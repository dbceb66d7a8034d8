"""The web surface: what is served, to whom, with which headers."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.browser.engine import small_catalog
from tests.browser.live import Live
from tryon.errors import every_error
from tryon.pipeline import Pipeline
from tryon.settings import Settings
from tryon.ui.guard import FreshNames
from tryon.ui.page import Page

ADDRESSES = (
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=../../../etc/passwd",
    "/gradio_api/file=..%2f..%2fetc%2fpasswd",
    "/gradio_api/file=//etc/passwd",
    "/gradio_api/file=file:///etc/passwd",
    "/gradio_api/file=http://169.254.169.254/latest",
    "/gradio_api/file=http://127.0.0.1:22/",
    "/gradio_api/file=app.py",
    "/gradio_api/file=tryon/settings.py",
    "/gradio_api/proxy=http://127.0.0.1:22/",
    "/gradio_api/stream/../../etc/passwd",
    "/look/../../../etc/passwd",
    "/look/%2e%2e/%2e%2e/lock",
    "/look/aaaaaaaaaaaa/bbbbbbbbbbbb/look.png",
    "/look/aaaaaaaaaaaa/bbbbbbbbbbbb/facts.json",
)


def get(live: Live, path: str, host: str | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One GET with the path exactly as written."""
    parts = urllib.parse.urlsplit(live.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
    connection.putrequest("GET", path, skip_host=host is not None)
    if host is not None:
        connection.putheader("Host", host)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


@pytest.mark.parametrize("path", ADDRESSES)
def test_nothing_but_our_own_is_served(live: Live, path: str) -> None:
    status, _, body = get(live, path)
    assert status in (400, 403, 404, 405, 422) and b"root:" not in body


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css", "/look/x/y/z", "/gradio_api/info"])
def test_every_answer_has_the_headers(live: Live, path: str) -> None:
    _, headers, _ = get(live, path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'self' https://huggingface.co" in headers["content-security-policy"]
    assert "connect-src 'self'" in headers["content-security-policy"]
    assert (headers.get("cache-control") == "private, no-store") == (path != "/theme.css")


def test_other_hosts_are_refused(live: Live) -> None:
    assert get(live, "/", host="evil.example")[0] == 400
    _, _, body = get(live, "/config", X_Forwarded_Host="evil.example")
    assert b"evil.example" not in body


@pytest.mark.parametrize("path", ["/monitoring", "/gradio_api/runs", "/docs", "/redoc", "/openapi.json"])
def test_what_is_off_is_off(live: Live, path: str) -> None:
    status, _, body = get(live, path)
    assert status in (403, 404) or b"swagger" not in body.lower()
    assert path != "/monitoring" or status == 403


def upload(live: Live, name: str, data: bytes) -> str:
    line = "x-boundary"
    head = f'--{line}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{line}--\r\n".encode()
    request = urllib.request.Request(
        f"{live.url}/gradio_api/upload", body, {"Content-Type": f"multipart/form-data; boundary={line}"}
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        path: str = json.load(answer)[0]
    return path


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.js", "x.png;.html", "../../evil.png", "photo.jpg"])
def test_uploads_are_never_served_back(live: Live, name: str) -> None:
    path = upload(live, name, b"<script>alert(1)</script>")
    assert Path(path).is_relative_to(live.home) and Path(path).stem not in name, "names of files are not kept"
    status, headers, body = get(live, f"/gradio_api/file={urllib.parse.quote(path)}")
    assert status == 200 and headers["content-type"] == "image/gif" and b"script" not in body


def test_equal_uploads_do_not_share_a_file(live: Live) -> None:
    assert len({upload(live, "a.jpg", b"the same") for _ in range(3)}) == 3


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_names_are_replaced_however_the_body_arrives(size: int) -> None:
    import asyncio

    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="my secret.jpg"\r\n\r\n' + b"x" * 300
    chunks = [body[i : i + size] for i in range(0, len(body), size)]
    got = b""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal got
        more = True
        while more:
            message = await receive()
            got, more = got + message["body"], message["more_body"]

    async def receive() -> dict[str, Any]:
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(_: Any) -> None:
        return None

    scope = {"type": "http", "method": "POST", "path": "/gradio_api/upload"}
    # In a thread of its own: Playwright keeps a loop running in this one.
    with ThreadPoolExecutor(1) as own:
        own.submit(asyncio.run, FreshNames(app)(scope, receive, send)).result()
    assert b"secret" not in got and b".jpg" in got and got.endswith(b"\r\n\r\n" + b"x" * 300)


def test_an_upload_over_the_limit_is_refused(live: Live) -> None:
    before = len(live.files())
    with pytest.raises(urllib.error.HTTPError) as refused:
        upload(live, "big.jpg", b"\0" * (21 * 1024 * 1024))
    assert refused.value.code == 413 and len(live.files()) <= before


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", "")
        patch.delenv("SPACE_ID", raising=False)
        return Page(settings, Pipeline(settings, small_catalog())).launch_options()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server_name", "127.0.0.1"),
        ("share", False),
        ("show_error", False),
        ("run_history", False),
        ("enable_monitoring", False),
        ("max_file_size", "20mb"),
        ("allowed_paths", []),
        ("strict_cors", True),
        ("mcp_server", False),
        ("ssr_mode", False),
        ("pwa", False),
    ],
)
def test_launch_profile(options: dict[str, Any], name: str, value: object) -> None:
    assert options[name] == value


def test_a_space_is_reachable(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")
    monkeypatch.setenv("SPACE_ID", "somebody/tryon")
    assert Page(settings, Pipeline(settings, small_catalog())).launch_options()["server_name"] == "0.0.0.0"


def test_sentences_hold_no_paths() -> None:
    for error in every_error():
        assert "/" not in error.sentence.replace("mp4, mov", "") and "Traceback" not in error.sentence
