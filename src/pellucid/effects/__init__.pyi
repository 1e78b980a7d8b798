from pellucid.effects.ale import ALE as ALE
from pellucid.effects.h_statistic import HStatistic as HStatistic
from pellucid.effects.ice import ICE as ICE
from pellucid.effects.loco import LOCO as LOCO
from pellucid.effects.partial_dependence import PartialDependence as PartialDependence
from pellucid.effects.permutation_importance import PermutationImportance as PermutationImportance
from pellucid.effects.prediction_plot import PredictionPlot as PredictionPlot
from pellucid.effects.target_plot import TargetPlot as TargetPlot
