from pellucid.effects.ale import ALE as ALE
from pellucid.effects.h_statistic import HStatistic as HStatistic
from pellucid.effects.ice import ICE as ICE
from pellucid.effects.loco import LOCO as LOCO
from pellucid.effects.model_weights import ModelWeights as ModelWeights
from pellucid.effects.native_importances import NativeImportances as NativeImportances
from pellucid.effects.partial_dependence import PartialDependence as PartialDependence
from pellucid.effects.permutation_importance import PermutationImportance as PermutationImportance
