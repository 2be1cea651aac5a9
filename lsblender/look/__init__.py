"""How things are coloured and lit. Choices that fill a shader tree or name their lights; no Blender at import time."""
