internal import CMPI

/// Replaces each Float by its sum over all ranks of the job, by MPI's own order of addition: what other trainers do, for
/// `trainer bench reduce` to set beside the exact sum. Nothing that reaches a parameter comes by here.
///
/// - Parameter communicator: that of all ranks; a process alone has its sum already.
public func sumFloats(
  _ buffer: UnsafeMutableBufferPointer<Float>, over communicator: any Communicator
) throws(CollectiveError) {
  guard communicator is MPICommunicator else { return }
  let status = MPI_Allreduce(
    cmpi_in_place(), buffer.baseAddress, Int32(buffer.count), cmpi_float(), cmpi_sum(), cmpi_comm_world())
  guard status == MPI_SUCCESS else {
    throw CollectiveError(.communication, "MPI_Allreduce of Floats: error \(status)")
  }
}
