"""The only builders of Blender data."""
