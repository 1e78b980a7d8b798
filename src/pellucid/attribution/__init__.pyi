from pellucid.attribution.perturbation.occlusion import Occlusion as Occlusion
from pellucid.attribution.perturbation.rise import RISE as RISE
from pellucid.attribution.shapley.exact import ExactSHAP as ExactSHAP
from pellucid.attribution.shapley.linear_shap import LinearSHAP as LinearSHAP
from pellucid.attribution.shapley.permutation_shap import PermutationSHAP as PermutationSHAP
from pellucid.attribution.shapley.tree_banzhaf import TreeBanzhaf as TreeBanzhaf
from pellucid.attribution.shapley.tree_shap import TreeSHAP as TreeSHAP
