"""The command line: refusals in one sentence, results where they were asked for, nothing left behind."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.drawing import draw_person, draw_tshirt
from tryon import cli, pipeline
from tryon.cli import main
from tryon.errors import EncodeFailed, NoPerson
from tryon.events import FrameReady, StageDone, StageStarted
from tryon.media.provenance import read_facts
from tryon.runtime.bar import Bar

ROOT = Path(__file__).parent.parent
QUICK = ("--size", "480x640", "--seconds", "0.5", "--fps", "16", "--seed", "7", "--quality", "draft")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a person, a garment and several files that are no such thing."""
    folder = tmp_path_factory.mktemp("pictures")
    Image.fromarray(draw_person().photo.pixels).save(folder / "person.png")
    Image.fromarray(draw_tshirt().photo.pixels).save(folder / "garment.png")
    Image.fromarray(draw_tshirt().photo.pixels).resize((40, 40)).save(folder / "tiny.png")
    Image.new("RGB", (400, 400), "red").save(folder / "red.png")
    (folder / "text.png").write_text("no picture at all")
    (folder / "half.png").write_bytes((folder / "person.png").read_bytes()[:900])
    (folder / "folder.png").mkdir()
    return folder


@pytest.fixture
def here(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, beside the pictures, with the temporary folder inside."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "in").symlink_to(pictures)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path / "work"


def run(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as left:  # argparse
        assert isinstance(left.code, int)
        return left.code


def names(folder: Path = Path()) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def empty(folder: Path) -> bool:
    return names(folder) == names(folder.parent / "tmp") == []


P, G = "../in/person.png", "../in/garment.png"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "required: person, garment"),
        ((P,), "required: garment"),
        ((P, G, "--nonsense"), "--nonsense"),
        ((P, G, "--size", "wide"), "'wide' is not a size like 720x1280"),
        ((P, G, "--size", "720"), "not a size"),
        ((P, G, "--seconds", "soon"), "--seconds"),
        ((P, G, "--category", "hat"), "'hat'"),
        ((P, G, "--quality", "great"), "'great'"),
        (("missing.jpg", G), "There is no file missing.jpg."),
        ((P, "missing.jpg"), "There is no file missing.jpg."),
        ((P, "../in/folder.png"), "is not a file"),
        (("../in/text.png", G), "text.png: We could not open that file."),
        ((P, "../in/text.png"), "text.png: We could not open that file."),
        (("../in/half.png", G), "half.png: We could not open that file."),
        ((P, "../in/tiny.png"), "That picture is only 40 x 40."),
        ((P, "../in/red.png"), "one colour"),
        ((P, G, "--transfer", "magic"), "no transfer model called magic"),
        ((P, G, "--video", "magic"), "no video model called magic"),
        ((P, G, "--size", "99999x99999"), "The width must be between"),
        ((P, G, "--size", "16x16"), "The width must be between"),
        ((P, G, "--seconds", "9999"), "The length must be between"),
        ((P, G, "--seconds", "nan"), "The length must be between"),
        ((P, G, "--seconds", "-1"), "The length must be between"),
        ((P, G, "--seconds", "0"), "The length must be between 0.1 and 10, not 0."),
        ((P, G, "--fps", "1000"), "The frame rate must be between"),
        ((P, G, "--seed", "-5"), "The seed must be between"),
        ((P, G, "--prompt", "x" * 501), "under 500 characters"),
        ((P, G, "--prompt", "takes off her clothes"), "do not make pictures like that"),
        ((P, G, G, G, G, G), "The number of garments"),
        ((P, G, "-o", "out.txt"), "out.txt cannot be written as a film: .mp4, .webp or .gif."),
        ((P, G, "-o", "out.mp4", "--still"), "out.mp4 cannot be written as a picture"),
        ((P, G, "-o", "out.mp4", "--image", "out.bmp"), "out.bmp cannot be written as a picture"),
        ((P, G, "-o", "nowhere/out.mp4"), "There is no folder nowhere"),
        ((P, G, "-o", "../in/folder.png"), "cannot be written"),
        ((P, G, "-o", "/proc/out.mp4"), "/proc/out.mp4 cannot be written."),  # found before the work, and by root too
        ((P, G, G), "The same garment photo is there twice."),
        (("models", "extra"), "extra"),
        (("parse",), "required: photo"),
        (("parse", P), "-o"),
        (("parse", "missing.jpg", "-o", "d"), "There is no file missing.jpg."),
        (("parse", "../in/text.png", "-o", "d"), "We could not open that file."),
        (("garment", "../in/tiny.png", "-o", "d"), "That picture is only 40 x 40."),
        (("./models", G), "There is no file models."),  # a photo of that name, not the word
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    *notes, last = err.rstrip("\n").split("\n")
    assert said in last and last.startswith("tryon: ")
    assert all("That photo is small" in note for note in notes)
    assert out == "" and "Traceback" not in err
    assert empty(here)


@pytest.mark.parametrize("variable", ["TRYON_MAX_UPLOAD_MB", "TRYON_LABEL"])
def test_settings_that_cannot_be_read(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "lots")
    assert run(P, G) == 2
    assert f"{variable}='lots' cannot be read" in capsys.readouterr().err


def test_a_heavy_file_is_refused_before_it_is_read(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("heavy.jpg").open("wb") as file:
        file.truncate(3 << 30)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("it was read"))
    assert run("heavy.jpg", G, "-o", "out.mp4") == 2
    assert "That file is 3072.0 MB" in capsys.readouterr().err


def test_a_film_and_a_picture(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(P, G, "-p", "turns slowly to the left", "-o", "out.mp4", "--image", "look.png", *QUICK) == 0
    out, err = capsys.readouterr()
    assert out == "out.mp4\nlook.png\n"
    assert err.count("person.png: That photo is small") == 1
    assert "\r" not in err, "no progress bar where there is no terminal"
    facts = read_facts(Path("out.mp4"))
    assert {"seed": 7, "width": 480, "height": 640, "frames": 8, "fps": 16}.items() <= facts.items()
    assert facts["ai_generated"] is True and facts["prompt"] == "turns slowly to the left"
    with Image.open("look.png") as look:
        assert look.size == (384, 512)
    assert names() == ["look.png", "out.mp4"]
    first = Path("out.mp4").read_bytes()
    assert run(P, G, "-p", "turns slowly to the left", "-o", "out.mp4", *QUICK) == 0
    assert Path("out.mp4").read_bytes() == first, "the same request gives the same bytes"
    assert list((here.parent / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        (("--still",), "tryon.png"),
        (("-o", "look.png"), "look.png"),  # a picture's name means a still
        (("--image", "look.jpg"), "look.jpg"),
        (("-o", "look.webp", "--still"), "look.webp"),
    ],
)
def test_a_still(here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], written: str) -> None:
    assert run(P, G, *arguments) == 0
    assert capsys.readouterr().out == f"{written}\n"
    assert names() == [written]
    with Image.open(written) as look:
        assert look.size == (384, 512)
    assert read_facts(Path(written))["video"] is None


def test_a_loop(here: Path) -> None:
    assert run(P, G, "-o", "loop.gif", "--loop", *QUICK) == 0
    with Image.open("loop.gif") as loop:
        assert loop.n_frames > 3  # type: ignore[attr-defined]
    assert names() == ["loop.gif"]


def test_nothing_is_overwritten_without_being_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("tryon.png").write_text("mine")
    assert run(P, G, "--still") == 0
    assert capsys.readouterr().out == "tryon-2.png\n"
    assert Path("tryon.png").read_text() == "mine"


def test_events_as_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(P, G, "-o", "out.mp4", "--json", *QUICK) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [line["event"] for line in lines]
    assert {"StageStarted", "StageDone", "Preview", "FrameReady", "Note", "Finished"} <= set(kinds)
    assert kinds[-1] == "Finished" and kinds.count("FrameReady") == 8
    last = lines[-1]
    assert (last["video"], last["image"], last["facts"]["seed"]) == ("out.mp4", None, 7)
    stages = [line["stage"] for line in lines if line["event"] == "StageStarted"]
    assert stages == ["photo", "parse", "garment", "mask", "transfer", "video", "encode"]
    assert max(len(json.dumps(line)) for line in lines) < 4000, "no pixels"


def test_refusals_as_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(P, G, "--video", "magic", "--json") == 2
    out, err = capsys.readouterr()
    failed = json.loads(out.splitlines()[-1])
    assert (failed["event"], failed["code"], failed["field"]) == ("Failed", "unknown_model", "video")
    assert failed["text"] in err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NoPerson(), 2, "We could not find a person"),  # somebody has to take another photo
        (EncodeFailed(), 1, "could not be written"),
        (ValueError("secret"), 1, "Something went wrong on our side"),
        (MemoryError(), 1, "needs more memory"),
        (OSError(28, "No space left on device"), 1, "no space left"),
    ],
)
def test_a_model_that_fails(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: int,
    said: str,
) -> None:
    def broken(*_: object) -> object:
        raise error

    monkeypatch.setattr(pipeline, "fit", broken)
    assert run(P, G, "-o", "out.mp4") == code
    err = capsys.readouterr().err
    assert said in err.splitlines()[-1]
    assert "secret" not in err and "Traceback" not in err
    assert empty(here)
    assert run(P, G, "-o", "out.mp4", "--json") == code
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["event"] == "Failed"


def test_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    by_kind: dict[str, set[str]] = {}
    for row in told["models"]:
        by_kind.setdefault(row["kind"], set()).add(row["name"])
        assert {"title", "parameters", "licence", "needs", "available", "reason"} <= row.keys()
        assert row["available"] or row["reason"]
        assert (row["kind"] == "video") == ("film" in row)
    assert "warp" in by_kind["transfer"] and "motion" in by_kind["video"]
    assert run("models") == 0
    text = capsys.readouterr().out
    assert all(row["name"] in text and row["title"] in text for row in told["models"])
    assert "runs here" in text
    for lines in (
        (
            "Step-Video-TI2V",
            "49.8 B parameters, MIT",
            "544 x 992 or 768 x 768 or 992 x 544; 17 to 102",
            "closed program",
        ),
        ("DynamiCrafter 512", "2.54 B parameters, Apache-2.0", "320 x 512 or 512 x 320; 16 frames, 8 a second"),
        ("STIV-XL (your own weights)", "1.6 B parameters", "4 to 40, 2n + 0 frames, 8 a second"),
    ):
        found = text[text.index(f"  {lines[0]}\n") :].splitlines()
        assert all(word in line for word, line in zip(lines, found, strict=False))


@pytest.mark.parametrize(("parameters", "text"), [(0, "0"), (999, "999"), (1_450_000, "1.45 M"), (14 * 10**9, "14 B")])
def test_counts(parameters: int, text: str) -> None:
    assert cli._count(parameters) == text


def test_arguments_are_read_without_heavy_imports() -> None:
    code = (
        "import sys; from tryon.cli import main\n"
        "try: main(['missing.jpg', 'missing.jpg', '-o', 'out.mp4'])\n"
        "finally: print({'numpy.fft', 'scipy', 'cv2', 'onnxruntime', 'gradio', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "set()\n", done.stderr


class Terminal(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


def test_the_bar_grows_and_leaves_a_clean_line() -> None:
    stream = Terminal()
    frame = np.zeros((2, 2, 3), np.uint8)
    with Bar(stream, film=True) as bar:
        for stage in ("parse", "garment", "mask", "transfer"):
            bar.show(StageStarted(stage))
            bar.show(StageDone(stage, 0.1))
        bar.show(StageStarted("video"))
        for index in range(4):
            bar.show(FrameReady(index, 4, frame))
        bar.show(StageDone("video", 1.0))
        bar.show(StageDone("encode", 1.0))
    drawn = stream.getvalue().split("\r\x1b[K")
    shares = [int(line.split("%")[0].split()[-1]) for line in drawn if "%" in line]
    assert shares == sorted(shares) and shares[-1] == 100
    assert drawn[-1] == "", "cleared at the end"


# ------------------------------------------------------------------------------------------- as a process


def started(pictures: Path, work: Path, *arguments: str) -> subprocess.Popen[str]:
    (work / "tmp").mkdir()
    command = [sys.executable, "-m", "tryon", str(pictures / "person.png"), str(pictures / "garment.png"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(work / "tmp")}
    return subprocess.Popen(
        command, cwd=work, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # A shell's background job ignores Ctrl+C, and so would what it starts: the tests may run in one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "tryon: Stopped."), (signal.SIGTERM, 143, "")]
)
def test_a_stop_in_the_middle_leaves_nothing(
    pictures: Path, tmp_path: Path, number: signal.Signals, code: int, said: str
) -> None:
    process = started(pictures, tmp_path, "-o", "out.mp4", "--seconds", "10", "--fps", "30", "--json")
    assert process.stdout is not None
    for line in process.stdout:
        if '"FrameReady"' in line:
            break
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == code
    assert said in err and "Traceback" not in err
    assert names(tmp_path) == ["tmp"]
    assert names(tmp_path / "tmp") == []


def test_a_reader_that_leaves(pictures: Path, tmp_path: Path) -> None:
    process = started(pictures, tmp_path, "-o", "out.mp4", "--json", *QUICK)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 1
    assert "Traceback" not in err and "Exception ignored" not in err
    assert names(tmp_path / "tmp") == []


def analysis_written(capsys: pytest.CaptureFixture[str], *arguments: str) -> set[str]:
    assert run(*arguments) == 0
    folder = Path(capsys.readouterr().out.strip())
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("word", "photo", "files"),
    [
        (
            "parse",
            P,
            {"labels.png", "labels.json", "keypoints.json", "parts.png", "depth.png", "outline.png", "overlay.png"},
        ),
        ("garment", G, {"cutout.png", "garment.json", "overlay.png"}),
    ],
)
def test_analyses(here: Path, capsys: pytest.CaptureFixture[str], word: str, photo: str, files: set[str]) -> None:
    assert files <= analysis_written(capsys, word, photo, "-o", "deep/analysis")
