"""Materials: what the landscape, its block, the ball and the trail are made of.

A material fills the shader trees that it is given. The surface's mesh carries numbers per point:

- `loss`;
- `level`, the height from 0 (lowest) to 1 (highest), going on below 0 down the sides of the block;
- `slope`, the change of level per metre along the surface;
- `near`, which falls from 1 on the paths straight to 0 at NEAR metres from them;
- `when`, the share of the shot after which a ball passes the nearest point of a path.

The object's custom property `time` is the share of the shot that is over, so that nothing gives away a path before the
ball has come, and `pixel` the width of a pixel of the picture at a distance of 1, so that no line is thinner. `near`,
`when`, `time` and `pixel` may be missing: then nothing is near, and lines are as thin as they are.

A contour line is where level times count is a half more than a whole number; dividing by the slope makes it equally
wide on steep and on flat ground.
"""

from . import drawn, luminous, natural
from .base import MATERIALS, NEAR, Contoured, Material, contour_lines, palette_ramp
from .natural import Ice

__all__ = [
    "MATERIALS",
    "NEAR",
    "Contoured",
    "Ice",
    "Material",
    "contour_lines",
    "drawn",
    "luminous",
    "natural",
    "palette_ramp",
]
