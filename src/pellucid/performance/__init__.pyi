from pellucid.performance.calibration import Calibration as Calibration
from pellucid.performance.cumulative_gain import CumulativeGain as CumulativeGain
from pellucid.performance.discrimination_threshold import DiscriminationThreshold as DiscriminationThreshold
from pellucid.performance.lift import Lift as Lift
