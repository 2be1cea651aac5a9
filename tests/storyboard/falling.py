"""A ball that is let go, by formula: an oracle for Blender's rigid bodies, and their stand-in without Blender."""

from __future__ import annotations

import numpy as np

from lsblender.storyboard.physics import Fall, Release


def fall_by_formula(release: Release, substeps: int = 400) -> Fall:
    """Free fall, and bounces on the highest level of the colliders: what a ball does over level ground."""
    floor = max(float(collider.vertices[:, 2].max()) for collider in release.colliders) + release.radius
    velocity = (release.location[-1] - release.location[-2]) * release.fps
    place = release.location[-1].astype(float)
    dt = 1.0 / release.fps / substeps
    rows = []
    for _ in range(release.frames):
        for _ in range(substeps):
            velocity[2] -= release.physics.gravity * dt
            place = place + velocity * dt
            if place[2] < floor and velocity[2] < 0:
                place[2], velocity[2] = floor, -release.physics.bounciness * velocity[2]
        rows.append(place.copy())
    return Fall(np.array(rows), np.tile(release.rotation[-1], (release.frames, 1)))
