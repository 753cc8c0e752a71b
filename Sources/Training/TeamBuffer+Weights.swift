public import Autograd
public import Collectives

/// The packed weights of a team's executors.
extension TeamBuffer: WeightMemory where Element == Float {}
