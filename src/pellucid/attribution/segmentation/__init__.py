"""From values of pixels to the object they lie on."""

from pellucid.attribution.segmentation.graph_cut import object_masks

__all__ = ["object_masks"]
