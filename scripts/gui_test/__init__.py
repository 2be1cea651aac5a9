"""The test in a real window: a real Blender, a real mouse. See `__main__.py`."""
