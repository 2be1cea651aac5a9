"""The pictures in scenes/gallery: a still of every scene, and the two of the README's errata.

    .venv/bin/python scripts/gallery.py [NAME ...]

A still is rendered from the scene as it stands, at 752 x 423 in final quality. Names are those of scenes without
`.toml`, or `errata`; without names, all are made.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lsblender.cli import main as lsblender  # noqa: E402
from lsblender.engine import Landscape  # noqa: E402
from lsblender.engine import Path as LandscapePath  # noqa: E402
from lsblender.engine.experiment import Experiment  # noqa: E402
from lsblender.engine.landscape import axes_around  # noqa: E402
from lsblender.engine.projections import PathPCA  # noqa: E402
from lsblender.storyboard.scene_file import read_storyboard  # noqa: E402
from lsblender.storyboard.storyboard import Results, Storyboard  # noqa: E402

GALLERY = ROOT / "scenes" / "gallery"
#: Largest file in bytes; size of a still and of half of the errata; the moment of a still where 0.75 is not best.
LARGEST = 400_000
SIZE, HALF = (752, 423), (396, 340)
MOMENTS = {"figure-4-parameter-pairs-iris": 0.4, "optimizer-race": 0.9}


def still(name: str) -> Path:
    """The still of one scene."""
    target = GALLERY / f"{name}.png"
    moment = str(MOMENTS.get(name, 0.75))
    size = f"{SIZE[0]}x{SIZE[1]}"
    scene = str(ROOT / "scenes" / f"{name}.toml")
    status = lsblender(["still", scene, "--at", moment, "--quality", "final", "--size", size, "-o", str(target)])
    if status:
        raise SystemExit(status)
    return target


def errata() -> Path:
    """Left as it was computed in 2018, right as it is: the same run of the report's figure 7, on the same axes."""
    from lsblender.files import whole_file
    from lsblender.render.frames import render_frame
    from lsblender.render.pictures import read_picture, write_picture
    from lsblender.render.quality import set_quality
    from lsblender.scene.build import build_scene
    from lsblender.scene.library import empty_scene
    from lsblender.terminal import quiet_stdout

    storyboard, experiment = _errata_storyboard()
    right = experiment.run()
    halves = []
    target = GALLERY / "errata.png"
    with whole_file(target) as temporary, quiet_stdout():
        for landscape in (as_in_2018(experiment), right):
            scene = empty_scene()
            build_scene(storyboard, Results.of(landscape), scene)
            set_quality(scene, "final")
            scene.frame_set(storyboard.n_frames)
            half = temporary.with_name("half.png")
            render_frame(scene, half)
            halves.append(read_picture(half))
        gap = np.ones((HALF[1], 8, halves[0].shape[2]), dtype=np.float32)
        write_picture(np.concatenate([halves[0], gap, halves[1]], axis=1), temporary)
    return target


def _errata_storyboard() -> tuple[Storyboard, Experiment]:
    storyboard, _ = read_storyboard(ROOT / "scenes" / "figure-7-logistic-iris.toml")
    shot = storyboard.shots[0]
    experiment = replace(shot.experiment, projection=PathPCA(standardize=True))
    camera = replace(shot.look.camera, facing="x_axis", azimuth=-143.0)
    shot = replace(shot, experiment=experiment, look=replace(shot.look, camera=camera))
    render = replace(storyboard.render, size=HALF)
    return replace(storyboard, shots=(shot,), render=render), experiment


def as_in_2018(experiment: Experiment) -> Landscape:
    """The landscape with two of the 2018 mistakes: the loss is taken at standardised parameters as if they were the
    parameters, and the surface is written transposed against its coordinates.
    """
    from sklearn.decomposition import PCA

    objective = experiment.objective()
    trajectory = experiment.trajectories(objective)[0]
    theta = trajectory.theta
    standardised = (theta - theta.mean(axis=0)) / theta.std(axis=0)
    pca = PCA(2).fit(standardised)
    xy = pca.transform(standardised)
    x, y = axes_around(xy, experiment.resolution, experiment.margin)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    loss = objective.losses(pca.inverse_transform(grid)).reshape(len(y), len(x)).T
    path = LandscapePath(trajectory.name, xy, trajectory.loss, trajectory.loss, theta)
    return Landscape(x, y, loss, (path,), ("PC1", "PC2"), pca.explained_variance_ratio_)


def main(names: list[str]) -> int:
    """Make the named pictures, or all; exit status 1 if one is too large."""
    known = [*sorted(path.stem for path in (ROOT / "scenes").glob("*.toml")), "errata"]
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"unknown picture '{unknown[0]}'; choose from {', '.join(known)}", file=sys.stderr)
        return 2
    too_large = False
    for name in names or known:
        path = errata() if name == "errata" else still(name)
        size = path.stat().st_size
        too_large |= size > LARGEST
        print(f"{path.relative_to(ROOT)}: {size // 1000} kB{' (too large)' if size > LARGEST else ''}")
    return int(too_large)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
