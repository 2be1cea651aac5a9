"""A GLB by the specification: what the tests need of it."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Glb = tuple[dict[str, Any], bytes]


def glb_of(file: Path) -> Glb:
    """The JSON and the binary part."""
    data = file.read_bytes()
    magic, version, length, size, kind = struct.unpack_from("<4sIII4s", data)
    assert (magic, version, length, kind) == (b"glTF", 2, len(data), b"JSON")
    return json.loads(data[20 : 20 + size]), data[20 + size + 8 :]


def accessor(glb: Glb, number: int) -> NDArray[Any]:
    """The numbers (N, width) of an accessor; normalised integers as shares."""
    content, binary = glb
    found = content["accessors"][number]
    view = content["bufferViews"][found["bufferView"]]
    kind = {5126: "<f4", 5125: "<u4", 5123: "<u2", 5121: "u1"}[found["componentType"]]
    width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[found["type"]]
    start = view.get("byteOffset", 0) + found.get("byteOffset", 0)
    values = np.frombuffer(binary, kind, found["count"] * width, start).reshape(-1, width)
    return values / np.iinfo(kind).max if found.get("normalized") else values


def attribute(glb: Glb, mesh: str, name: str) -> NDArray[Any]:
    """An attribute of all parts of a mesh."""
    (found,) = (item for item in glb[0]["meshes"] if item["name"] == mesh)
    return np.concatenate([accessor(glb, part["attributes"][name]) for part in found["primitives"]])


def animation(glb: Glb, node: str, path: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Seconds (K,) and values (K, width) of what moves a node."""
    names = [item["name"] for item in glb[0]["nodes"]]
    (only,) = glb[0]["animations"]
    for channel in only["channels"]:
        if names[channel["target"]["node"]] == node and channel["target"]["path"] == path:
            sampler = only["samplers"][channel["sampler"]]
            assert sampler["interpolation"] == "LINEAR"
            return accessor(glb, sampler["input"])[:, 0], accessor(glb, sampler["output"])
    raise AssertionError(f"{node} has no {path}")
