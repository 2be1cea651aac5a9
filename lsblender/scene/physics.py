"""Rigid bodies: the ball is moved by its keys (kinematic), the terrain is what things fall onto (passive)."""

from __future__ import annotations

import bpy

from .library import mark, role


def physics_world(scene: bpy.types.Scene) -> bpy.types.Collection:
    """The collection of the scene's rigid bodies, made with its world where there is none."""
    if scene.rigidbody_world is None:
        with bpy.context.temp_override(scene=scene):
            bpy.ops.rigidbody.world_add()
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
