from pellucid.attribution.shapley.tree_shap import TreeSHAP as TreeSHAP
