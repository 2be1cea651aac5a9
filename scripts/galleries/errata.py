"""Left as it was computed in 2018, right as it is: the same run of the report's figure 7, on the same axes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from lsblender.engine import Landscape
from lsblender.engine import Path as LandscapePath
from lsblender.engine.experiment import Experiment
from lsblender.engine.landscape import axes_around
from lsblender.engine.projections import PathPCA
from lsblender.storyboard.scene_file import read_storyboard
from lsblender.storyboard.storyboard import Results, Storyboard

from . import ROOT
from .films import BARE

#: Size of each half.
HALF = (396, 340)


def errata(target: Path, quality: str) -> None:
    """Write the picture of both."""
    from lsblender.files import whole_file
    from lsblender.render.frames import render_frame
    from lsblender.render.pictures import read_picture, write_picture
    from lsblender.render.quality import set_quality
    from lsblender.scene.build import build_scene
    from lsblender.scene.library import empty_scene
    from lsblender.terminal import quiet_stdout

    storyboard, experiment = storyboard_of_errata()
    halves = []
    with whole_file(target) as temporary, quiet_stdout():
        for landscape in (as_in_2018(experiment), experiment.run()):
            scene = empty_scene()
            build_scene(storyboard, Results.of(landscape), scene)
            set_quality(scene, quality)
            scene.frame_set(storyboard.n_frames)
            half = temporary.with_name("half.png")
            render_frame(scene, half)
            halves.append(read_picture(half))
        gap = np.ones((HALF[1], 8, halves[0].shape[2]), dtype=np.float32)
        write_picture(np.concatenate([halves[0], gap, halves[1]], axis=1), temporary)


def storyboard_of_errata() -> tuple[Storyboard, Experiment]:
    """Figure 7 seen from a side that suits both halves, and its experiment as it is."""
    storyboard, _ = read_storyboard(ROOT / "scenes" / "figure-7-logistic-iris.toml")
    shot = storyboard.shots[0]
    experiment = replace(shot.experiment, projection=PathPCA(standardize=True))
    camera = replace(shot.look.camera, facing="x_axis", azimuth=-143.0)
    shot = replace(shot, experiment=experiment, look=replace(shot.look, camera=camera), labels=BARE)
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
