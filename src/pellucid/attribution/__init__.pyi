from pellucid.attribution.shapley.exact import ExactSHAP as ExactSHAP
from pellucid.attribution.shapley.linear_shap import LinearSHAP as LinearSHAP
from pellucid.attribution.shapley.permutation_shap import PermutationSHAP as PermutationSHAP
from pellucid.attribution.shapley.tree_banzhaf import TreeBanzhaf as TreeBanzhaf
from pellucid.attribution.shapley.tree_shap import TreeSHAP as TreeSHAP
from pellucid.attribution.surrogate.lime import LIME as LIME
