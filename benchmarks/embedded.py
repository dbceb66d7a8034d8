"""How fast the embedded engine is here: `python benchmarks/embedded.py [--browser]`.

Prints what the README's table says: the stages at 576x768 (warm), a 3 s film of 720x1280 at 24 fps from
request to proven mp4, peak memory, the page's start, and with --browser what a shopper sees in Chromium.
Pictures are the repository's own samples. Each part runs in its own process, so that memory is its own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
REPEAT = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--browser", action="store_true", help="also measure the page in headless Chromium")
    parser.add_argument("--part", choices=sorted(PARTS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        print(json.dumps(PARTS[arguments.part]()))
        return
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}\n")
    print("| what | measured |\n|---|---|")
    for part in ("imports", "stages", "film", "page", *(["browser"] if arguments.browser else [])):
        command = [sys.executable, "-m", "benchmarks.embedded", "--part", part]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            print(f"| {part} | failed: {done.stderr.strip().splitlines()[-1]} |")
            continue
        for what, value in json.loads(done.stdout.splitlines()[-1]).items():
            print(f"| {what} | {value} |", flush=True)


def imports() -> dict[str, str]:
    code = "import time; t = time.perf_counter(); import tryon; print(time.perf_counter() - t)"
    times = [float(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT)) for _ in range(3)]
    return {"import tryon": f"{min(times) * 1000:.1f} ms"}


def stages() -> dict[str, str]:
    """Medians over REPEAT warm runs of each step, on one sample pair at 576x768."""
    import cv2

    from tryon.fitting import fit, paste_back
    from tryon.pipeline import Pipeline
    from tryon.runtime.heap import keep_freed
    from tryon.spec import TransferSpec
    from tryon.types import Photo

    keep_freed()  # as the page and the command line do
    pipeline = Pipeline()
    person_photo, garment_photo = (Photo(cv2.resize(p.pixels, (576, 768))) for p in _samples())
    spec = pipeline.catalog.default("transfer", pipeline.machine).spec
    if not isinstance(spec, TransferSpec):
        raise TypeError(spec)
    job = pipeline.plan(_request(person_photo, garment_photo, still_only=True))
    started = time.perf_counter()
    person = pipeline.parse(person_photo)
    garment = pipeline.garment(garment_photo)
    first = time.perf_counter() - started
    model = pipeline.models.model("transfer", job.transfer)

    def dress() -> None:
        mask = pipeline.mask(person, (garment,), garment.category)
        fitting = fit(job, spec, person, (garment,), mask)
        steps = model(fitting)
        try:
            while True:
                next(steps)
        except StopIteration as stop:
            paste_back(person_photo, fitting.crop, stop.value)

    dress()
    parse_s, garment_s = _median(lambda: pipeline.parse(person_photo)), _median(lambda: pipeline.garment(garment_photo))
    dress_s = _median(dress)

    def both() -> None:
        with ThreadPoolExecutor(1) as beside:  # as a run of the pipeline does
            found = beside.submit(pipeline.garment, garment_photo)
            pipeline.parse(person_photo)
            found.result()

    both_s = _median(both)
    return {
        "first analysis of both photos, models loaded within": f"{first:.2f} s",
        "parse (576x768, warm)": f"{parse_s:.2f} s",
        "garment": f"{garment_s:.2f} s",
        "mask and warp": f"{dress_s:.2f} s",
        "parse and garment beside each other": f"{both_s:.2f} s",
        "parse + garment + mask + warp": f"{both_s + dress_s:.2f} s",
    }


def film() -> dict[str, str]:
    """Request to proven mp4: 3 s, 720x1280, 24 fps, models warm, both photos not yet analysed."""
    from tryon.events import Failed, Finished, FrameReady
    from tryon.pipeline import Pipeline
    from tryon.runtime.heap import keep_freed

    keep_freed()  # as the page and the command line do
    pipeline = Pipeline()
    person, garment = _samples()
    result: dict[str, str] = {}
    for attempt in ("warming up", "measured"):
        request = _request(person, garment, size=(720, 1280), seconds=3.0, fps=24)
        with tempfile.TemporaryDirectory() as folder, _Encoder() as encoder:
            started = time.perf_counter()
            first = 0.0
            for event in pipeline.run(pipeline.plan(request), Path(folder)):
                if isinstance(event, FrameReady) and not first:
                    first = time.perf_counter() - started
                if isinstance(event, Failed):
                    raise RuntimeError(event.text)
                if isinstance(event, Finished) and event.video and attempt == "measured":
                    result["first video frame after"] = f"{first:.2f} s"
                    result["3 s of 720x1280 at 24 fps, request to mp4"] = f"{time.perf_counter() - started:.2f} s"
                    result["size of that mp4"] = f"{event.video.stat().st_size / 1e6:.2f} MB"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result["peak memory, encoder included"] = f"{peak + encoder.peak:.0f} MB"
    return result


def page() -> dict[str, str]:
    """Process start until the page answers, and the process's memory then."""
    with _Server() as server:
        return {
            "page answers after process start": f"{server.seconds:.1f} s",
            "process memory before the first job": f"{server.megabytes():.0f} MB",
        }


def browser() -> dict[str, str]:
    """Click to first streamed frame and to a video that can play, in headless Chromium."""
    from playwright.sync_api import sync_playwright

    from tests.browser.steps import add_samples, launch, open_page, press_run, wait_for_frame, wait_for_video

    with _Server() as server, sync_playwright() as playwright:
        started = time.perf_counter()
        chromium = launch(playwright)
        tab = open_page(chromium, server.url)
        opened = time.perf_counter() - started
        result = {"browser start to usable page": f"{opened:.1f} s"}
        add_samples(tab)
        for attempt in ("first", "second"):
            started = time.perf_counter()
            press_run(tab)
            wait_for_frame(tab)
            frame = time.perf_counter() - started
            wait_for_video(tab)
            result[f"{attempt} run: click to first streamed frame"] = f"{frame:.2f} s"
            result[f"{attempt} run: click to playing video"] = f"{time.perf_counter() - started:.2f} s"
        chromium.close()
        result["process memory after the runs"] = f"{server.megabytes():.0f} MB"
        return result


class _Encoder:
    """The most memory (MiB) of the processes that this one starts, looked at every 10 ms.

    RUSAGE_CHILDREN would not do: it counts a child as large as its parent at the moment of the fork, see getrusage(2).
    """

    def __enter__(self) -> _Encoder:
        self.peak, self._ended = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.01):
            children = [pid for task in Path("/proc/self/task").glob("*/children") for pid in task.read_text().split()]
            self.peak = max(self.peak, sum(_resident(int(pid)) for pid in children))


def _resident(pid: int) -> float:
    """MiB of a process's memory that lie in RAM; 0 for one that has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


class _Server:
    """The real app in a process of its own on a free port."""

    def __enter__(self) -> _Server:
        import socket
        import urllib.error
        import urllib.request

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environ = {**os.environ, "TRYON_PORT": str(port), "TRYON_HOME": tempfile.mkdtemp()}
        started = time.perf_counter()
        self.process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
        while time.perf_counter() - started < 60:
            try:
                urllib.request.urlopen(self.url, timeout=2).read()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        self.seconds = time.perf_counter() - started
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def megabytes(self) -> float:
        found = _resident(self.process.pid)
        if not found:
            raise RuntimeError("the app has ended")
        return found


def _samples():  # noqa: ANN202 (types are imported late, so that `imports` measures a bare interpreter)
    from tryon.media.photo import read_photo
    from tryon.settings import Settings

    listed = json.loads((ROOT / "assets" / "samples.json").read_text())
    files = (ROOT / "assets" / "people" / listed["people"][0]["file"], _first_top(listed))
    return tuple(read_photo(path.read_bytes(), Settings()) for path in files)


def _first_top(listed: dict[str, list[dict[str, str]]]) -> Path:
    name = next(g["file"] for g in listed["garments"] if g["category"] == "top")
    return ROOT / "assets" / "garments" / name


def _request(person: object, garment: object, **changes: object):  # noqa: ANN202
    from tryon.types import Request

    values = {"prompt": "she turns slowly to the left", "seed": 7, "consent": True, **changes}
    return Request(person=person, garments=(garment,), **values)  # type: ignore[arg-type]


def _median(call: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEAT):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


PARTS: dict[str, Callable[[], dict[str, str]]] = {
    "imports": imports,
    "stages": stages,
    "film": film,
    "page": page,
    "browser": browser,
}

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
