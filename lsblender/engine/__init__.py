"""What is the landscape? Data, models, optimizers, projections and the loss over them. No Blender."""

from .datasets import DATASETS, Dataset
from .experiment import Experiment
from .features import FEATURES
from .landscape import Landscape, Path, axes_around, evaluate_landscape
from .models import MODELS, objective_from
from .objective import Group, Objective
from .optimizers import OPTIMIZERS
from .projections import PROJECTIONS, Chart, Plane, turned
from .survey import Between, Survey, Trained
from .training import Trajectory, train

__all__ = [
    "DATASETS",
    "FEATURES",
    "MODELS",
    "OPTIMIZERS",
    "PROJECTIONS",
    "Between",
    "Chart",
    "Dataset",
    "Experiment",
    "Group",
    "Landscape",
    "Objective",
    "Path",
    "Plane",
    "Survey",
    "Trained",
    "Trajectory",
    "axes_around",
    "evaluate_landscape",
    "objective_from",
    "train",
    "turned",
]
