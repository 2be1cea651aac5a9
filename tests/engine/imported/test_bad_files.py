"""Bad files: one line with what is wrong, soon, and without taking memory for what a file only claims."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from lsblender.engine import Experiment, read_history
from lsblender.engine.imported import read_tracks
from lsblender.engine.models import LogisticRegression
from lsblender.errors import LsbError
from lsblender.exchange import read_landscape
from tests.engine.imported.conftest import Example, write_li
from tests.engine.imported.hostile import FILES, POINTS, npz, vtp

#: Bytes that reading a bad file may take beyond what the program has, and seconds of the processor.
ROOM, SECONDS = 128 * 2**20, 1.0

#: Run each file through the command line with limited memory; what is said and how long it took.
RUN = """
import contextlib, io, json, resource, sys, time
from lsblender.cli import main
import scipy.interpolate, scipy.sparse.linalg, pyfive, xml.etree.ElementTree

files, room = json.loads(sys.argv[1]), int(sys.argv[2])
output = files[0] + ".out.npz"
main(["compute", sys.argv[3], "-o", output])
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + room, resource.RLIM_INFINITY))
for file in files:
    said, started = io.StringIO(), time.process_time()
    with contextlib.redirect_stderr(said):
        status = main(["compute", file, "-o", output])
    lines = [line for line in said.getvalue().splitlines() if not line.startswith("Computing")]
    print(json.dumps([status, lines, time.process_time() - started]))
"""


@pytest.fixture(scope="module")
def answers(example: Example, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What the command says of each of the files: exit status, lines, seconds."""
    folder = tmp_path_factory.mktemp("hostile")
    files = []
    for number, (name, make, _) in enumerate(FILES.values()):
        files.append(folder / str(number) / name)
        files[-1].parent.mkdir()
        make(files[-1], example)
    good = write_li(folder / "good.h5", example)
    command = [sys.executable, "-c", RUN, json.dumps([str(file) for file in files]), str(ROOM), str(good)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert len(lines) == len(files), done.stderr[-3000:]
    return dict(zip(FILES, lines, strict=True))


@pytest.mark.parametrize("case", FILES)
def test_one_line_soon_and_in_bounded_memory(case: str, answers: dict[str, list[Any]]) -> None:
    status, lines, seconds = answers[case]
    name, _, message = FILES[case]
    assert status == 1, lines
    assert len(lines) == 1, lines
    assert message in lines[0]
    assert name in lines[0]
    assert "shots[0]" not in lines[0]
    assert seconds < SECONDS


def test_the_limit_would_be_felt(example: Example, tmp_path: Path) -> None:
    """In the same room, what the claims would take can not be had."""
    good = write_li(tmp_path / "good.h5", example)
    huge = RUN + "\nimport numpy\nnumpy.ones(2 * room, dtype='u1')\n"
    command = [sys.executable, "-c", huge, json.dumps([str(good)]), str(ROOM), str(good)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert "MemoryError" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY


# -- any change of any file ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(example: Example, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A sound file of each format, as bytes."""
    folder = tmp_path_factory.mktemp("sound")
    write_li(folder / "s.h5", example)
    with h5py.File(folder / "s.hdf5", "w", libver="latest") as data:
        for name, values in (("xcoordinates", example.x), ("ycoordinates", example.y), ("train_loss", example.loss.T)):
            data.create_dataset(name, data=values, chunks=True, compression="gzip")
    npz()(folder / "s.npz", example)
    vtp()(folder / "s.vtp", example)
    (folder / "s.csv").write_text(POINTS, encoding="utf-8")
    return {file.suffix: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("suffix", [".h5", ".hdf5", ".npz", ".csv", ".vtp"])
@hypothesis.settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(data=st.data())
def test_any_damage_is_refused_or_harmless(
    suffix: str, data: st.DataObject, sound: dict[str, bytes], tmp_path: Path
) -> None:
    content = bytearray(sound[suffix])
    places = data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=6))
    for place, byte in places:
        content[place] = byte
    end = data.draw(st.integers(1, len(content)) | st.just(len(content)))
    file = tmp_path / f"s{suffix}"
    file.write_bytes(bytes(content[:end]))
    said, landscape = "", None
    try:
        landscape = read_landscape(file)
    except LsbError as error:
        said = str(error)
    assert landscape is not None or f"s{suffix}" in said
    assert len(said.splitlines()) == (landscape is None)
    assert landscape is None or landscape.loss.shape == (len(landscape.y), len(landscape.x))


# -- histories and paths -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "theta: this array is missing"),
        ({"theta": np.zeros(4)}, "theta: the shape is (4,); (steps, parameters) is needed"),
        ({"theta": np.zeros((0, 4))}, "theta: at least one step and one parameter are needed"),
        ({"theta": [[0.0, 1], [2, np.nan]]}, "theta: row 1 is not finite"),
        ({"theta": np.array([[None, 1]], dtype=object)}, "theta: holds Python objects (a pickle)"),
        ({"theta": np.zeros((3, 4)), "loss": np.zeros(2)}, "loss: the shape is (2,); (3,) is needed"),
        ({"theta": np.zeros((3, 4)), "groups": [2, 1]}, "groups: sizes that add up to 3; they must be positive and"),
        ({"theta": np.zeros((3, 4)), "groups": [5, -1]}, "groups: sizes that add up to 4; they must be positive"),
        ({"theta": np.zeros((3, 4)), "groups": [1.5, 2.5]}, "groups: whole numbers are needed"),
        ({"theta": np.zeros((3, 4)), "groups": [4], "group_filters": [3]}, "group_filters: each must divide the size"),
        ({"theta": np.zeros((3, 4)), "every": 0}, "every: 0 steps lie between two rows; at least 1 is needed"),
        ({"theta": np.zeros((3, 3))}, "the history has 3 parameters; Logistic regression has 4 here"),
        ({"theta": np.full((3, 4), 1e308)}, "the loss of Logistic regression is not finite at row 0"),
    ],
)
def test_wrong_histories(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    file = tmp_path / "h.npz"
    np.savez(file, **arrays)
    with pytest.raises(LsbError) as error:
        Experiment(model=LogisticRegression(l2=1.0), history=str(file)).train()
    assert str(error.value).startswith("history: ")
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["h.pkl", "h.pt", "h.npz"])
def test_histories_that_are_pickles(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04N.")
    with pytest.raises(LsbError, match=r"is a pickle.*, which may run any code when read; write the arrays with numpy"):
        read_history(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.csv", "x,y,loss,more\n1,2,3,4\n", "'p.csv' has 4 columns; two coordinates, and the loss if it is known"),
        ("p.csv", "x,y\n1,nan\n", "'p.csv' has a path with xy that are missing or not finite"),
        ("p.json", "{}", "is no path's file by its name; choose from .npz, .h5"),
        ("p.h5", "{}", "'p.h5' is not an HDF5 file"),
    ],
)
def test_wrong_paths(name: str, content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(LsbError) as error:
        read_tracks(tmp_path / name)
    assert message in str(error.value)


def test_trajectory_of_other_lengths(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "p.h5", "w") as data:
        data["proj_xcoord"], data["proj_ycoord"] = [1.0, 2], [1.0, 2, 3]
    with pytest.raises(LsbError, match=r"'p\.h5' has 2 proj_xcoord and 3 proj_ycoord"):
        read_tracks(tmp_path / "p.h5")
