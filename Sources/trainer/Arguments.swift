public import ArgumentParser
public import Datasets
public import Optimizers

// The enumerations that options take, by their raw values.
extension Binarization: ExpressibleByArgument {}
extension ScheduleShape: ExpressibleByArgument {}
extension Split: ExpressibleByArgument {}
