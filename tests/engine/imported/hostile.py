"""Files that are damaged, wrong or hostile: name, how it is made, and what is said of it."""

from __future__ import annotations

import base64
import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.engine.imported.conftest import Example, write_li

Make = Callable[[Path, Example], None]


def h5(**changes: Any) -> Make:
    """A surface of which some datasets are others; None takes one away."""

    def make(file: Path, example: Example) -> None:
        write_li(file, example)
        with h5py.File(file, "a") as data:
            for name, values in changes.items():
                del data[name]
                if callable(values):
                    values(data, name)
                elif values is not None:
                    data[name] = values

    return make


def claimed(**options: Any) -> Callable[[Any, str], None]:
    """A dataset of 10^12 numbers that takes no room."""
    return lambda data, name: data.create_dataset(name, shape=(10**6, 10**6), dtype="f8", **options)


def outside(data: Any, name: str) -> None:
    data[name] = h5py.ExternalLink("/etc/passwd", "/secret")


def stored_outside(data: Any, name: str) -> None:
    data.create_dataset(name, shape=(13, 9), dtype="u1", external=[("/etc/passwd", 0, 117)])


def in_circles(data: Any, name: str) -> None:
    data[name] = h5py.SoftLink("/round")
    data["round"] = h5py.SoftLink(f"/{name}")


def bomb(data: Any, name: str) -> None:
    """A chunk that unpacks to 256 MB."""
    dataset = data.create_dataset(name, shape=(13, 9), chunks=(13, 9), dtype="f8", compression="gzip")
    dataset.id.write_direct_chunk((0, 0), zlib.compress(bytes(2**28), 9))


def npz(**changes: Any) -> Make:
    def make(file: Path, example: Example) -> None:
        arrays = {"x": example.x, "y": example.y, "loss": example.loss, "xy": example.xy} | changes
        np.savez(file, **{name: values for name, values in arrays.items() if values is not None})

    return make


def npz_claim(file: Path, example: Example) -> None:
    """A header of 10^12 points with no data behind it."""
    np.savez(file, x=example.x, y=example.y)
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    header += b" " * (117 - len(header)) + b"\n"
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("loss.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)


def torch_archive(file: Path, example: Example) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"x": 1}))


def text(content: str) -> Make:
    return lambda file, example: file.write_text(content, encoding="utf-8") and None


def raw(content: bytes) -> Make:
    return lambda file, example: file.write_bytes(content) and None


def cut(make: Make, share: float = 0.5) -> Make:
    """The beginning of another file."""

    def cutting(file: Path, example: Example) -> None:
        make(file, example)
        content = file.read_bytes()
        file.write_bytes(content[: int(share * len(content))])

    return cutting


def vtp(array: str = "", count: object = 4, more: str = "", head: str = "") -> Make:
    array = (
        array or '<DataArray type="Float32" NumberOfComponents="3" format="ascii">0 0 1 1 0 2 0 1 3 1 1 4</DataArray>'
    )
    piece = f'<PolyData><Piece NumberOfPoints="{count}"><Points>{array}</Points></Piece></PolyData>'
    return text(f'{head}<VTKFile type="PolyData" compressor="vtkZLibDataCompressor">{piece}{more}</VTKFile>')


def binary(numbers: tuple[int, ...], content: bytes = b"") -> str:
    """An inline array with these numbers as header."""
    packed = base64.b64encode(struct.pack(f"<{len(numbers)}I", *numbers)) + base64.b64encode(content)
    return f'<DataArray type="Float32" NumberOfComponents="3" format="binary">{packed.decode()}</DataArray>'


LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
POINTS = "x,y,loss\n0,0,1\n1,0,2\n0,1,3\n1,1,4\n"

FILES: dict[str, tuple[str, Make, str]] = {
    # HDF5
    "half": ("s.h5", cut(h5()), "is damaged"),
    "most of it": ("s.h5", cut(h5(), 0.97), "'s.h5' is damaged: it ends too soon"),
    "empty": ("s.h5", raw(b""), "is empty"),
    "no HDF5": ("s.h5", raw(b"\x89PNG" + bytes(500)), "is not an HDF5 file, or is damaged"),
    "10^12 in chunks": ("s.h5", h5(train_loss=claimed(chunks=(1000, 1000))), "claims 1000000000000 numbers; at most"),
    "10^12 in a row": ("s.h5", h5(train_loss=claimed()), "were never written, or lie in another file"),
    "10^12 points": ("s.h5", h5(xcoordinates=np.arange(9000.0)), "the grid has 9000 by 9 points; at most 8192"),
    "text": ("s.h5", h5(train_loss=np.full((13, 9), b"abc")), "does not hold numbers"),
    "complex": ("s.h5", h5(train_loss=np.ones((13, 9), complex)), "'s.h5'"),
    "three dimensions": ("s.h5", h5(train_loss=np.ones((13, 9, 2))), "2 dimensions are needed"),
    "other sizes": ("s.h5", h5(train_loss=np.ones((13, 8))), "has 104 numbers for 13 by 9 points"),
    "all missing": ("s.h5", h5(train_loss=-np.ones((13, 9))), "'s.h5' has no point with a finite loss"),
    "nan": ("s.h5", h5(train_loss=np.full((13, 9), np.nan)), "'s.h5' has no point with a finite loss"),
    "falling": ("s.h5", h5(ycoordinates=np.arange(9.0, 0, -1)), "'ycoordinates' in 's.h5' must be finite and rising"),
    "nan coordinates": ("s.h5", h5(ycoordinates=np.full(9, np.nan)), "must be finite and rising"),
    "a line": ("s.h5", h5(ycoordinates=None), "is a line"),
    "no loss": ("s.h5", h5(train_loss=None), "has no 'train_loss'; it has"),
    "group": ("s.h5", h5(train_loss=lambda data, name: data.create_group(name)), "is no dataset"),
    "external link": ("s.h5", h5(train_loss=outside), "has what is not read here, such as links to other"),
    "external storage": ("s.h5", h5(train_loss=stored_outside), "the numbers of 'train_loss' in 's.h5' were never"),
    "links in circles": ("s.h5", h5(train_loss=in_circles), "lies in another file, or is damaged"),
    "bomb": ("s.h5", h5(train_loss=bomb), "unpacks to more than it says"),
    # npz
    "npz half": ("s.npz", cut(npz()), "is not an .npz file, or is damaged"),
    "npz empty": ("s.npz", raw(b""), "is empty"),
    "npz 10^12": ("s.npz", npz_claim, "loss: the shape (1000000, 1000000) does not agree with the size"),
    "npz objects": (
        "s.npz",
        npz(loss=np.array([[1, "a"], [None, 2]], dtype=object)),
        "holds Python objects (a pickle)",
    ),
    "npz text": ("s.npz", npz(loss=np.full((9, 13), "a")), "loss: the type is '<U1'; numbers are needed"),
    "npz flat": ("s.npz", npz(loss=np.zeros(117)), "loss: the shape is (117,); (points of y, points of x) is needed"),
    "npz turned": ("s.npz", npz(loss=np.zeros((13, 9))), "x: the shape is (13,); (9,) is needed"),
    "npz falling": ("s.npz", npz(x=np.arange(13.0, 0, -1)), "x: 13 finite, rising numbers are needed"),
    "npz nan": ("s.npz", npz(loss=np.full((9, 13), np.nan)), "has no point with a finite loss"),
    "npz path": ("s.npz", npz(xy=np.full((3, 2), np.nan)), "has a path with xy that are missing or not finite"),
    "npz path loss": ("s.npz", npz(path_loss=np.zeros(3)), "path_loss: the shape is (3,); (6,) is needed"),
    "npz no loss": ("s.npz", npz(loss=None), "loss: this array is missing"),
    "npz own": ("s.npz", npz(version="0", path_names=["a"]), "axis_names: this array is missing"),
    "pickle": ("s.npz", raw(pickle.dumps({"x": 1})), "is a pickle, which may run any code"),
    "torch": ("s.npz", torch_archive, "is PyTorch's own format, a pickle"),
    # tables
    "csv empty": ("s.csv", raw(b""), "is empty"),
    "csv header": ("s.csv", text("x,y,loss\n"), "holds no numbers"),
    "csv blank": ("s.csv", text("\n\n \n"), "holds no numbers"),
    "csv binary": ("s.csv", raw(b"1,2\0,3\n" * 5), "is not a text: it holds zero bytes"),
    "csv word": (
        "s.csv",
        text(POINTS + "2,0,much\n"),
        "row 5 of the numbers, column 3 holds 'much'; a number is needed",
    ),
    "csv gap": ("s.csv", text(POINTS + "2,0,\n"), "row 5 of the numbers, column 3 is empty"),
    "csv ragged": ("s.csv", text(POINTS + "2,0\n"), "row 5 of the numbers has 2 columns instead of 3"),
    "csv two columns": ("s.csv", text("x,y\n1,2\n3,4\n"), "has 2 columns; two coordinates and the loss are needed"),
    "csv scattered": (
        "s.csv",
        text("x,y,loss\n" + "".join(f"{k * k},{k**3},1\n" for k in range(30))),
        "the points form no grid: 30 of them have 30 different 'x' and 30 different 'y'",
    ),
    "csv line": ("s.csv", text("x,y,loss\n0,1,1\n0,2,2\n0,3,3\n"), "all points have the same 'x', 0"),
    "csv nan place": ("s.csv", text(POINTS + "nan,0,1\n"), "point 5 has coordinates that are not finite"),
    "csv nan": ("s.csv", text("x,y,loss\n0,0,nan\n1,0,nan\n0,1,nan\n1,1,nan\n"), "has no point with a finite loss"),
    "csv which": ("s.csv", text("x,y,p,q\n0,0,1,2\n1,0,2,2\n"), "which of the columns x, y, p, q is the height?"),
    "csv folder": ("s.csv", lambda file, example: file.mkdir(), "is not a file"),
    "csv pipe": ("s.csv", lambda file, example: os.mkfifo(file), "is not a file"),
    "csv absent": ("s.csv", lambda file, example: None, "(No such file or directory)"),
    # ParaView
    "vtp half": ("s.vtp", cut(vtp()), "is not a ParaView polygon file (.vtp), or is damaged"),
    "vtp other": ("s.vtp", text('<VTKFile type="ImageData"></VTKFile>'), "is not a ParaView polygon file"),
    "vtp nothing": ("s.vtp", vtp(count=0), "has no points"),
    "vtp 10^12": ("s.vtp", vtp(count=10**12), "claims 1000000000000 points; at most"),
    "vtp minus": ("s.vtp", vtp(count=-4), "claims -4 points"),
    "vtp few": ("s.vtp", vtp(count=5), "of 12 numbers; 15 are needed"),
    "vtp entities": ("s.vtp", vtp(head=LAUGHS, more="&i;"), "has a document type"),
    "vtp type": (
        "s.vtp",
        vtp('<DataArray type="String" format="ascii">1</DataArray>'),
        "an array of the type 'String'",
    ),
    "vtp format": (
        "s.vtp",
        vtp('<DataArray type="Float32" format="json">1</DataArray>'),
        "an array in the format 'json'",
    ),
    "vtp blocks": ("s.vtp", vtp(binary((2**31, 2**31, 0, 9))), "has an array that unpacks to"),
    "vtp lengths": ("s.vtp", vtp(binary((1, 48, 0, 2**31))), "is not a ParaView polygon file (.vtp), or is damaged"),
    "vtp bomb": (
        "s.vtp",
        vtp(binary((1, 48, 0, len(zlib.compress(bytes(2**26)))), zlib.compress(bytes(2**26)))),
        "is not a ParaView polygon file (.vtp), or is damaged",
    ),
    "vtp offset": (
        "s.vtp",
        vtp('<DataArray type="Float32" format="appended" offset="9999"/>', more='<AppendedData encoding="raw">_'),
        "is not a ParaView polygon file (.vtp), or is damaged",
    ),
    "vtp base64": ("s.vtp", vtp('<DataArray type="Float32" format="binary">!!!</DataArray>'), "or is damaged"),
    # pickles by their names
    **{
        f"s{suffix}": (
            f"s{suffix}",
            raw(pickle.dumps([1])),
            "is a pickle by its name, which may run any code when read",
        )
        for suffix in (".pkl", ".pickle", ".pt", ".pth", ".joblib", ".ckpt")
    },
}
