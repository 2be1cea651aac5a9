"""A folder of frames: what is there, what is missing, what is of another version."""

from __future__ import annotations

import json
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from lsblender.errors import LsbError
from lsblender.render.folder import FrameFolder, Identity, State, check_folder
from lsblender.render.png import pack_under, read_chunks, set_density, stamp, stamped, unpack_under


def picture(path: Path, grey: int = 90, identity: Identity | None = None) -> Path:
    """A PNG file by another library, said to be a frame of something."""
    from PIL import Image

    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (8, 6), (grey, grey, grey)).save(path)
    if identity is not None:
        stamp(path, str(identity))
    return path


def identities(count: int = 4, picture: str = "p", writing: str = "w") -> dict[int, Identity]:
    return {k: Identity(f"{picture}{k}", f"{writing}{k}") for k in range(1, count + 1)}


def filled(path: Path, wanted: dict[int, Identity]) -> FrameFolder:
    folder = FrameFolder(path, wanted)
    folder.open({"fps": 12})
    for frame, identity in wanted.items():
        picture(folder.file(frame), identity=identity)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def test_states(tmp_path: Path) -> None:
    folder = filled(tmp_path / "f", identities())
    folder.wanted[2] = Identity("p2", "other writing")
    folder.wanted[3] = Identity("other picture", "w3")
    folder.file(4).unlink()
    states = [folder.state(frame) for frame in (1, 2, 3, 4)]
    assert states == [State.THERE, State.WRITING, State.OTHER, State.MISSING]
    assert folder.missing([1, 2, 3, 4]) == [2, 3, 4]
    assert folder.files([1]) == [tmp_path / "f" / "000001.png"]
    with pytest.raises(LsbError, match=r"lacks 2 of 3 frames \(3, 4\); render them first"):
        folder.files([1, 3, 4])


def test_what_is_of_another_version_goes_and_the_rest_stays(tmp_path: Path) -> None:
    """Also frames behind the end of a film that has become shorter."""
    filled(tmp_path / "f", identities(5))
    wanted = identities(4)
    wanted[2] = Identity("new", "w2")
    wanted[3] = Identity("p3", "new")
    found = FrameFolder(tmp_path / "f", wanted).open({"fps": 24})
    assert found == {State.THERE: 2, State.WRITING: 1, State.OTHER: 2}
    assert names(tmp_path / "f") == ["000001.png", "000003.png", "000004.png", "frames.json"]
    sidecar = json.loads((tmp_path / "f" / "frames.json").read_text())
    assert sidecar["film"] == {"fps": 24, "linear": False}
    assert sidecar["frames"]["000002"] == "new w2"


def test_linear_frames_need_both_files(tmp_path: Path) -> None:
    folder = filled(tmp_path / "f", identities(2))
    folder.linear = True
    folder.file(1, ".exr").write_bytes(b"linear")
    assert folder.open({}) == {State.THERE: 1, State.OTHER: 1}
    assert names(folder.path) == ["000001.exr", "000001.png", "frames.json"]


def test_a_folder_describes_itself(tmp_path: Path) -> None:
    folder = filled(tmp_path / "f", identities())
    again, film = FrameFolder.read(tmp_path / "f")
    assert (again.wanted, again.linear, film["fps"]) == (folder.wanted, False, 12)


@pytest.mark.parametrize("content", ["", "{", "[]", "nonsense", '{"frames": 3}', '{"film": {}, "frames": {"x": "a"}}'])
def test_broken_sidecars(content: str, tmp_path: Path) -> None:
    """The folder is none to encode; frames in it that say what they are are kept all the same."""
    filled(tmp_path / "f", identities(2))
    (tmp_path / "f" / "frames.json").write_text(content)
    with pytest.raises(LsbError, match="holds no frames of lsblender"):
        FrameFolder.read(tmp_path / "f")
    picture(tmp_path / "f" / "000002.png")
    assert FrameFolder(tmp_path / "f", identities(2)).open({}) == {State.THERE: 1, State.OTHER: 1}
    assert names(tmp_path / "f") == ["000001.png", "frames.json"]


@pytest.mark.parametrize("name", ["notes.txt", "picture.png", "sub", "000001.png"])
def test_a_folder_with_other_files_is_refused(name: str, tmp_path: Path) -> None:
    """Also one with numbered pictures that no run of this program has left."""
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / name).write_text("mine")
    for action in (lambda: check_folder(folder), lambda: FrameFolder(folder, identities()).open({})):
        with pytest.raises(LsbError, match=name):
            action()
    assert names(folder) == [name]
    assert (folder / name).read_text() == "mine"


def test_what_a_killed_run_left_goes(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    (folder / ".lsblender-99-abc").mkdir(parents=True)
    (folder / ".lsblender-99-abc" / "000004.png").write_text("half")
    FrameFolder(folder, identities()).open({})
    assert names(folder) == ["frames.json"]


# -- frames from elsewhere -----------------------------------------------------------------------------------


def test_delivered_frames_are_checked(tmp_path: Path) -> None:
    folder = FrameFolder(tmp_path / "f", identities())
    folder.open({})
    good = picture(tmp_path / "a.png", identity=folder.identity(1)).read_bytes()
    for files, message in (
        ({".png": good[:-5]}, "frame 1 did not arrive whole"),
        ({".png": good[:60] + bytes([good[60] ^ 1]) + good[61:]}, "frame 1 did not arrive whole"),
        ({".png": picture(tmp_path / "b.png", identity=folder.identity(2)).read_bytes()}, "of another version"),
        ({".png": picture(tmp_path / "c.png").read_bytes()}, "of another version"),
    ):
        with pytest.raises(LsbError, match=message):
            folder.deliver(1, files)
    assert names(folder.path) == ["frames.json"]
    folder.deliver(1, {".png": good})
    folder.deliver(1, {".png": good})
    assert folder.file(1).read_bytes() == good
    assert folder.missing([1, 2]) == [2]


def test_delivered_linear_frames(tmp_path: Path) -> None:
    folder = FrameFolder(tmp_path / "f", identities(), linear=True)
    folder.open({})
    good = picture(tmp_path / "a.png", identity=folder.identity(1)).read_bytes()
    with pytest.raises(LsbError, match=r"without its \.exr file"):
        folder.deliver(1, {".png": good})
    folder.deliver(1, {".png": good, ".exr": b"linear"})
    assert names(folder.path) == ["000001.exr", "000001.png", "frames.json"]
    assert folder.state(1) is State.THERE


# -- files ---------------------------------------------------------------------------------------------------


def test_a_stamp_does_not_change_the_picture(tmp_path: Path) -> None:
    """As another library reads it; a second stamp takes the place of the first."""
    from PIL import Image

    path = picture(tmp_path / "a.png", 77)
    assert stamped(path) == ""
    for identity in ("abc def", "ghi"):
        stamp(path, identity, b"under")
        assert stamped(path) == identity
        with Image.open(path) as image:
            assert image.text == {"lsblender": identity}
            assert np.all(np.asarray(image) == 77)
    assert [kind for kind, _ in read_chunks(path)].count(b"unDR") == 1
    set_density(path, 300)
    assert stamped(path) == "", "a page is no frame"


@pytest.mark.parametrize("keep", [0, 7, 40, 70, -1])
def test_half_a_file_is_no_frame(keep: int, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    stamp(path, "abc")
    path.write_bytes(path.read_bytes()[:keep])
    assert stamped(path) == ""
    with pytest.raises(LsbError, match="is not a whole PNG file"):
        read_chunks(path)


def test_a_missing_file_is_no_frame(tmp_path: Path) -> None:
    assert stamped(tmp_path / "a.png") == ""


def test_chunks_are_those_of_the_file(tmp_path: Path) -> None:
    """Compared with the pixels that its data hold by the format's definition: a filter and the values of each row."""
    chunks = dict(read_chunks(picture(tmp_path / "a.png", 50)))
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (8, 6)
    rows = zlib.decompress(chunks[b"IDAT"])
    assert len(rows) == 6 * (1 + 8 * 3)


def test_what_is_under_the_writing_comes_back() -> None:
    rng = np.random.default_rng(1)
    steps = rng.integers(0, 256, (13, 21, 4)).astype(np.float32)
    covered = rng.random((13, 21)) < 0.3
    where, values = unpack_under(pack_under(steps / 255, covered), (13, 21))
    assert np.array_equal(where, covered)
    assert np.array_equal(np.round(values * 255), steps[covered][:, :3])
    with pytest.raises(ValueError):
        unpack_under(b"nonsense", (13, 21))


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(LsbError, match="can not make the folder"):
        FrameFolder(tmp_path / "file" / "f", identities()).open({})
    assert os.listdir(tmp_path) == ["file"]
