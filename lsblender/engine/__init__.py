"""What is the landscape? Data, models, optimizers, projections and the loss over them. No Blender."""

from .along import landscape_along, landscape_from_arrays
from .datasets import DATASETS, Arrays, Dataset, dataset_from_arrays
from .experiment import Experiment
from .features import FEATURES
from .history import History, read_history
from .imported import LANDSCAPES
from .landscape import Landscape, Path, axes_around, evaluate_landscape
from .models import MODELS, objective_from, objective_from_torch
from .objective import Group, Objective
from .optimizers import OPTIMIZERS
from .projections import PROJECTIONS, Chart, Plane, turned
from .record import Recorder
from .survey import Between, Survey, Trained
from .training import Trajectory, train

__all__ = [
    "DATASETS",
    "FEATURES",
    "LANDSCAPES",
    "MODELS",
    "OPTIMIZERS",
    "PROJECTIONS",
    "Arrays",
    "Between",
    "Chart",
    "Dataset",
    "Experiment",
    "Group",
    "History",
    "Landscape",
    "Objective",
    "Path",
    "Plane",
    "Recorder",
    "Survey",
    "Trained",
    "Trajectory",
    "axes_around",
    "dataset_from_arrays",
    "evaluate_landscape",
    "landscape_along",
    "landscape_from_arrays",
    "objective_from",
    "objective_from_torch",
    "read_history",
    "train",
    "turned",
]
