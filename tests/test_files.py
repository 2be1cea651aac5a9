"""Files are whole or not there; what was there stays until then."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lsblender.errors import Cancelled, LsbError
from lsblender.files import MAKING, checked_folder, whole_file, whole_files


def tree(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_file_appears_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "film.mp4"
    with whole_file(path) as temporary:
        assert temporary.suffix == ".mp4"
        assert temporary.parent != path.parent
        temporary.write_text("whole")
        assert not path.exists()
    assert tree(tmp_path) == {"new/folder/film.mp4": "whole"}
    assert os.listdir(path.parent) == ["film.mp4"]


def test_file_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_text("old")
    with whole_file(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert tree(tmp_path) == {"a.npz": "new"}


@pytest.mark.parametrize("error", [LsbError("no"), Cancelled(), KeyboardInterrupt(), ZeroDivisionError()], ids=repr)
def test_failure_leaves_things_as_they_were(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.npz"
    path.write_text("old")
    with pytest.raises(type(error)), whole_file(path) as temporary:
        temporary.write_text("half")
        raise error
    with pytest.raises(type(error)), whole_files(tmp_path) as folder:
        (folder / "a.npz").write_text("half")
        raise error
    with pytest.raises(type(error)), whole_file(tmp_path / "deep" / "er" / "b") as temporary:
        raise error
    assert tree(tmp_path) == {"a.npz": "old"}
    assert os.listdir(tmp_path) == ["a.npz"]


def test_folders_in_use_are_kept(tmp_path: Path) -> None:
    with pytest.raises(Cancelled), whole_file(tmp_path / "a" / "b" / "c.txt"):
        (tmp_path / "a" / "notes.txt").write_text("mine")
        raise Cancelled
    assert tree(tmp_path) == {"a/notes.txt": "mine"}
    assert not (tmp_path / "a" / "b").exists()


def test_whoever_ends_the_process_lets_no_folder_be_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"

    def write() -> None:
        with whole_file(path) as temporary:
            temporary.write_text("whole")

    writer = threading.Thread(target=write)
    with MAKING:
        writer.start()
        writer.join(0.3)
        assert writer.is_alive()
        assert list(tmp_path.iterdir()) == []
    writer.join()
    assert tree(tmp_path) == {"new/a.txt": "whole"}


def test_nothing_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LsbError, match=r"can not write to .*No such file"), whole_file(tmp_path / "a.txt"):
        pass
    assert os.listdir(tmp_path) == []


def test_many_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    with whole_files(tmp_path) as folder:
        for name in "abc":
            (folder / f"{name}.csv").write_text(name)
        assert os.listdir(tmp_path) != ["a.csv", "b.csv", "c.csv"]
        assert (tmp_path / "a.csv").read_text() == "old"
    assert tree(tmp_path) == {"a.csv": "a", "b.csv": "b", "c.csv": "c"}


def test_many_files_and_one_that_can_not_be(tmp_path: Path) -> None:
    (tmp_path / "b.csv").mkdir()
    with (
        pytest.raises(LsbError, match="is a folder; the name of a file is needed"),
        whole_files(tmp_path) as folder,
    ):
        (folder / "a.csv").write_text("a")
        (folder / "b.csv").write_text("b")
    assert os.listdir(tmp_path) == ["b.csv"]


def test_folders_in_folders_move_too(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text("old")
    (tmp_path / "sub" / "mine.txt").write_text("mine")
    with whole_files(tmp_path) as folder:
        (folder / "sub" / "deep").mkdir(parents=True)
        (folder / "sub" / "a.txt").write_text("a")
        (folder / "sub" / "deep" / "b.txt").write_text("b")
    assert tree(tmp_path) == {"sub/a.txt": "a", "sub/deep/b.txt": "b", "sub/mine.txt": "mine"}
    assert os.listdir(tmp_path) == ["sub"]


def test_files_that_were_replaced_come_back(tmp_path: Path) -> None:
    """The third file's folder is a file: by then the first is replaced and the second is new."""
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(LsbError, match="is a file; a folder is needed there"), whole_files(tmp_path) as folder:
        for name in ("a.txt", "new/b.txt", "taken/c.txt"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("new")
    assert tree(tmp_path) == {"a.txt": "old", "taken": "mine"}
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "taken"]


def test_places_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    cases = {
        tmp_path: "is a folder; the name of a file is needed",
        tmp_path / "file" / "a.txt": "is a file; a folder is needed there",
        tmp_path / "file" / "b" / "a.txt": "can not make the folder",
        tmp_path / ("x" * 300) / "a.txt": "File name too long",
        tmp_path / ("x" * 300): "File name too long",
        Path("/proc/nowhere/a.txt"): "can not make the folder",
    }
    for path, message in cases.items():
        with pytest.raises(LsbError) as error, whole_file(path) as temporary:
            temporary.write_text("half")
        assert message in str(error.value)
        assert "\n" not in str(error.value)
    assert tree(tmp_path) == {"file": "mine"}
    assert os.listdir(tmp_path) == ["file"]


def test_full_disk_is_one_line(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk, in a process of its own."""
    script = """
import resource, signal, sys
from pathlib import Path
from lsblender.errors import LsbError
from lsblender.files import whole_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with whole_file(Path(sys.argv[1]) / "big.bin") as temporary:
        temporary.write_bytes(bytes(5000))
except LsbError as error:
    sys.exit(str(error))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == f"can not write to '{tmp_path}' (File too large)\n"
    assert os.listdir(tmp_path) == []


def test_checked_folder(tmp_path: Path) -> None:
    assert checked_folder(tmp_path / "a" / "b").is_dir()
    assert checked_folder(tmp_path / "a" / "b").is_dir()
