"""What landscape.json says, and the tables of the balls: the film in Unity's axes, for scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...engine.optimizers import OPTIMIZERS
from ...look.palettes import PALETTES
from ...settings import fields_of
from ...storyboard.film import BallTrack
from ...storyboard.labels import PathFacts
from ...storyboard.telling import named, tell
from ...version import package_version
from ..axes import in_unity, unity_rotation
from ..exporters import path_stems
from ..pictures import raw_points
from ..production import Production
from ..shot_model import ShotModel

#: The folder of the package for all that is computed.
DATA = "Data"
#: Points of the table from losses to metres.
HEIGHTS = 65
#: The columns of a ball's table.
COLUMNS = (
    *("time", "x", "y", "z", "contact_x", "contact_y", "contact_z", "qx", "qy", "qz", "qw"),
    *("radius", "step", "loss"),
)


def write_film(production: Production, models: Sequence[ShotModel], folder: Path) -> None:
    """landscape.json in the folder, and in its folder of data a table for each ball."""
    facts = [told.paths for told in tell(production.storyboard, production.results, production.film)]
    content = {
        "title": production.storyboard.title,
        "generator": f"lsblender {package_version()}",
        "units": "metres, seconds",
        "axes": "left-handed, y up: theta_0 along -x, theta_1 along -z, the height along y",
        "fps": production.storyboard.fps,
        "shots": [_shot(production, model, told, folder / DATA) for model, told in zip(models, facts, strict=True)],
    }
    write_json(folder / "landscape.json", content)


def _shot(production: Production, model: ShotModel, paths: Sequence[PathFacts], data: Path) -> dict[str, Any]:
    """All that is said of a shot; writes the tables of its balls."""
    number, palette = model.number, model.shot.look.palette
    frames = production.segment(number).frames
    return {
        "number": number,
        "title": model.shot.title,
        "firstFrame": int(frames[0]),
        "lastFrame": int(frames[-1]),
        "seconds": (len(frames) - 1) / model.fps,
        "scale": model.scale,
        "grid": _grid(model),
        "heights": _heights(model),
        "heightMap": _height_map(model),
        "palette": {
            "name": PALETTES.kind(palette),
            "file": f"{DATA}/palette_{number}.png",
            "accent": palette.accent,
            "deep": palette.deep,
        },
        "files": {
            "glb": f"{DATA}/landscape_{number}.glb",
            "fbx": f"{DATA}/landscape_{number}.fbx",
            "cloud": f"{DATA}/surface_{number}.ply",
            "surface": f"{DATA}/surface_{number}.csv",
        },
        "balls": [
            _ball(model, k, track, told, data) for k, (track, told) in enumerate(zip(model.balls, paths, strict=True))
        ],
    }


def _grid(model: ShotModel) -> dict[str, Any]:
    """The landscape's own coordinates."""
    landscape, terrain = model.landscape, model.terrain
    explained = landscape.explained.tolist() if np.isfinite(landscape.explained).all() else []
    return {
        "points": [len(landscape.x), len(landscape.y)],
        "axisNames": list(landscape.axis_names),
        "first": [float(landscape.x[0]), float(landscape.y[0])],
        "last": [float(landscape.x[-1]), float(landscape.y[-1])],
        "metresPerUnit": (terrain.scale * model.scale).tolist(),
        "centre": terrain.offset.tolist(),
        "explainedVariance": explained,
    }


def _height_map(model: ShotModel) -> dict[str, Any]:
    """What Unity's Terrain has to be told of the RAW file."""
    terrain = model.terrain
    low, high = terrain.corners
    width, depth = ((high - low) * model.scale).tolist()
    return {
        "file": f"{DATA}/height_{model.number}.raw",
        "resolution": raw_points(terrain),
        "size": [width, terrain.relief * model.scale, depth],
        "position": [-width / 2, 0.0, -depth / 2],
    }


def _heights(model: ShotModel) -> dict[str, Any]:
    """How losses become metres, as a table, whatever the scale."""
    terrain = model.terrain
    low, high = float(terrain.loss.min()), float(terrain.loss.max())
    losses = np.linspace(low, high, HEIGHTS)
    if terrain.relief > 0:
        # evenly spaced heights: a table of even losses would have a logarithm's bend between its first two rows
        known = np.unique(terrain.loss)
        losses = np.interp(np.linspace(0.0, terrain.relief, HEIGHTS), terrain.z_of(known), known)
    return {
        "quantity": model.landscape.height,
        "scale": model.shot.look.relief.scale,
        "lowest": low,
        "highest": high,
        "relief": terrain.relief * model.scale,
        "floor": terrain.base * model.scale,
        "tableLoss": losses.tolist(),
        "tableMetres": (terrain.z_of(losses) * model.scale).tolist(),
    }


def _ball(model: ShotModel, k: int, track: BallTrack, told: PathFacts, data: Path) -> dict[str, Any]:
    """What is said of ball k of a shot; writes its table. A ball that only falls has no path."""
    table = f"ball_{model.number}_{k + 1}.csv"
    _write_table(data / table, track, told, model.fps)
    made: dict[str, Any] = {
        "name": told.name,
        "optimizer": "",
        "colour": told.colour,
        "radius": float(track.radius.max()),
        "firstStep": 0,
        "lastStep": 0,
        "table": f"{DATA}/{table}",
        "path": "",
        "pathCloud": "",
    }
    if not track.skin.free:
        path, stem = model.landscape.paths[k], path_stems(model.number, model.landscape)[k]
        made |= {"name": named(path.name)[0], "path": f"{DATA}/{stem}.csv", "pathCloud": f"{DATA}/{stem}.ply"}
        made |= {"firstStep": path.first_step, "lastStep": path.first_step + len(path.xy) - 1}
        optimizers = model.shot.experiment.optimizers
        made["optimizer"] = settings_text(optimizers[k]) if len(optimizers) == len(model.landscape.paths) else ""
    return made


def settings_text(optimizer: Any) -> str:
    """An optimizer as its name and the settings that are not the default's: 'sgd, learning_rate = 0.1'."""
    changed = [
        f"{field.name} = {value!r}"
        for field, _, _ in fields_of(type(optimizer))
        if (value := getattr(optimizer, field.name)) != field.default
    ]
    return ", ".join([OPTIMIZERS.kind(optimizer), *changed])


def _write_table(file: Path, track: BallTrack, told: PathFacts, fps: int) -> None:
    """The ball frame by frame, in Unity's axes; the first frame is at 0 seconds."""
    count = len(track.location)
    rotation = unity_rotation(track.rotation)
    rows = np.column_stack(
        [
            *(np.arange(count) / fps, in_unity(track.location), in_unity(track.contact)),
            *(rotation[:, 1:], rotation[:, :1], track.radius, told.step, told.loss),
        ]
    )
    with file.open("w", encoding="ascii", newline="\n") as text:
        text.write(",".join(COLUMNS) + "\n")
        text.writelines(",".join(f"{value:.9g}" for value in row) + "\n" for row in rows.tolist())


def write_json(file: Path, content: dict[str, Any]) -> None:
    """Strict JSON: what is not finite is refused."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8", newline="\n")
