"""What happens when: terrain, motion and camera as arrays in metres and frames. No Blender."""
