public import Autograd
public import Collectives

/// The parameters, and the packed weights, of a team's executors.
extension TeamBuffer: ExecutorMemory where Element == Float {}
