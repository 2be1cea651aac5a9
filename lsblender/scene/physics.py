"""Rigid bodies: a ball that is let go falls in a scene of its own, once, and what it did is written down.

So the film has keys and no simulation: it plays backwards, from any frame and on a farm, and is the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np
from numpy.typing import NDArray

from ..storyboard.physics import Collider, Fall, Release
from .animation import set_keyframes
from .library import mark, role

#: Steps of the simulation in a second, at least, and the solver's iterations in each.
STEPS, ITERATIONS = 960, 40
#: Segments of the ball's stand-in: Bullet knows it as a perfect sphere.
SEGMENTS = 16


def simulate(release: Release) -> Fall:
    """What a ball does that is let go. The present file is left as it was."""
    with _world(release) as scene:
        grounds = [_body(f"Ground {k}", _mesh(ground), scene) for k, ground in enumerate(release.colliders)]
        for ground in grounds:
            ground.rigid_body.type = "PASSIVE"
            ground.rigid_body.collision_shape = "MESH"
            ground.rigid_body.mesh_source = "BASE"
            ground.rigid_body.restitution = ground.rigid_body.friction = 1.0
            ground.rigid_body.use_margin, ground.rigid_body.collision_margin = True, 0.0
        ball = _body("Ball", _sphere(release.radius), scene)
        _free(ball, release)
        return _stepped(scene, ball, release)


def _stepped(scene: bpy.types.Scene, ball: bpy.types.Object, release: Release) -> Fall:
    """Play the scene from its first frame on and read the ball's pose in each frame after its release."""
    location = np.empty((release.frames, 3))
    rotation = np.empty((release.frames, 4))
    before = len(release.location)
    with bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
        graph = bpy.context.evaluated_depsgraph_get()
        for frame in range(1, before + release.frames + 1):
            if frame == before + 1:
                ball.rigid_body.kinematic = False
            scene.frame_set(frame)
            if frame > before:
                pose = ball.evaluated_get(graph).matrix_world
                place, turn = pose.translation, pose.to_quaternion()
                location[frame - before - 1] = [place.x, place.y, place.z]
                rotation[frame - before - 1] = [turn.w, turn.x, turn.y, turn.z]
    return Fall(location, _continuous(rotation, release.rotation[-1]))


def _continuous(rotation: NDArray[np.float64], first: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same rotations (K, 4) with signs that do not jump, beginning with the sign of `first` (4,)."""
    flips = np.sign(np.sum(rotation * np.vstack([first, rotation[:-1]]), axis=1))
    return np.asarray(rotation * np.cumprod(np.where(flips < 0, -1.0, 1.0))[:, None])


def _free(ball: bpy.types.Object, release: Release) -> None:
    """Let the ball come the way it came, and then go."""
    before = len(release.location)
    frames = np.arange(1, before + 1)
    ball.rotation_mode = "QUATERNION"
    set_keyframes(ball, "location", frames, release.location)
    set_keyframes(ball, "rotation_quaternion", frames, release.rotation)
    body = ball.rigid_body
    body.type, body.collision_shape = "ACTIVE", "SPHERE"
    body.mass, body.friction, body.restitution = (
        release.physics.mass,
        release.physics.friction,
        release.physics.bounciness,
    )
    body.linear_damping = body.angular_damping = release.physics.damping
    body.use_margin, body.collision_margin = True, 0.0
    body.use_deactivation = False
    # let go by hand while stepping: a key on this switch is read before or after the step, as threads will have it
    body.kinematic = True


@contextmanager
def _world(release: Release) -> Iterator[bpy.types.Scene]:
    """A scene with an empty rigid-body world, there as long as it is needed."""
    before = {family: set(getattr(bpy.data, family)) for family in ("objects", "meshes", "collections", "actions")}
    scene = bpy.data.scenes.new("Release")
    try:
        scene.render.fps, scene.render.fps_base = round(release.fps), 1.0
        scene.gravity = (0.0, 0.0, -release.physics.gravity)
        with bpy.context.temp_override(scene=scene):
            bpy.ops.rigidbody.world_add()
        world = scene.rigidbody_world
        world.collection = bpy.data.collections.new("Release")
        world.substeps_per_frame = max(1, int(np.ceil(STEPS / release.fps)))
        world.solver_iterations = ITERATIONS
        world.point_cache.frame_start = 1
        world.point_cache.frame_end = len(release.location) + release.frames + 1
        yield scene
    finally:
        bpy.data.scenes.remove(scene)
        for family, known in before.items():
            bpy.data.batch_remove(set(getattr(bpy.data, family)) - known)


def _body(name: str, mesh: bpy.types.Mesh, scene: bpy.types.Scene) -> bpy.types.Object:
    item = bpy.data.objects.new(name, mesh)
    scene.collection.objects.link(item)
    scene.rigidbody_world.collection.objects.link(item)
    return item


def _mesh(ground: Collider) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new("Ground")
    mesh.from_pydata(ground.vertices.tolist(), [], ground.quads.tolist())
    return mesh


def _sphere(radius: float) -> bpy.types.Mesh:
    import bmesh

    mesh = bpy.data.meshes.new("Ball")
    sphere = bmesh.new()
    bmesh.ops.create_uvsphere(sphere, u_segments=SEGMENTS, v_segments=SEGMENTS // 2, radius=radius)
    sphere.to_mesh(mesh)
    sphere.free()
    return mesh


def physics_world(scene: bpy.types.Scene) -> bpy.types.Collection:
    """The collection of the scene's rigid bodies, made with its world where there is none.

    A world of ours is switched off: the film has no simulation. Switched on, what a person lets fall meets the ground.
    """
    if scene.rigidbody_world is None:
        with bpy.context.temp_override(scene=scene):
            bpy.ops.rigidbody.world_add()
        scene.rigidbody_world.enabled = False
    world = scene.rigidbody_world
    if world.collection is None:
        world.collection = mark(bpy.data.collections.new("Rigid Bodies"))
    return world.collection


def make_passive(item: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Let an object be ground: its mesh as it is."""
    physics_world(scene).objects.link(item)
    item.rigid_body.type = "PASSIVE"
    item.rigid_body.collision_shape = "MESH"
    item.rigid_body.mesh_source = "BASE"


def make_kinematic(item: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Let an object be a body that its keys move."""
    physics_world(scene).objects.link(item)
    item.rigid_body.type = "ACTIVE"
    item.rigid_body.kinematic = True
    item.rigid_body.collision_shape = "SPHERE"


def remove_physics(scene: bpy.types.Scene) -> None:
    """Remove the rigid-body world of an earlier build; one that the person made stays."""
    world = scene.rigidbody_world
    if world is not None and (world.collection is None or role(world.collection)):
        with bpy.context.temp_override(scene=scene):
            bpy.ops.rigidbody.world_remove()
