"""Data to try things on: insurance claims with planted truth, and the sets that scikit-learn carries.

Nothing is downloaded; scikit-learn and data frame libraries are imported only when a function needs them.
"""

from pellucid.datasets.bundled import breast_cancer, diabetes, digits, iris, wine
from pellucid.datasets.dataset import Dataset
from pellucid.datasets.insurance import claims
from pellucid.datasets.planted import PlantedTruth

__all__ = ["Dataset", "PlantedTruth", "breast_cancer", "claims", "diabetes", "digits", "iris", "wine"]
