#pragma once
#include <mpi.h>

// MPI's handles are macros with casts, which Swift cannot import. Each becomes a function here.

/// MPI_COMM_WORLD: all processes of the job.
static inline MPI_Comm cmpi_comm_world(void) { return MPI_COMM_WORLD; }

/// MPI_COMM_TYPE_SHARED: splits a communicator into the processes that can share memory.
static inline int cmpi_comm_type_shared(void) { return MPI_COMM_TYPE_SHARED; }

/// MPI_INFO_NULL: no hints.
static inline MPI_Info cmpi_info_null(void) { return MPI_INFO_NULL; }

/// MPI_ERRORS_RETURN: the handler that lets calls return their errors; the default one ends the job.
static inline MPI_Errhandler cmpi_errors_return(void) { return MPI_ERRORS_RETURN; }

/// MPI_INT64_T: the element type of sums.
static inline MPI_Datatype cmpi_int64(void) { return MPI_INT64_T; }

/// MPI_FLOAT: the element type of the sums that `trainer bench reduce` compares with.
static inline MPI_Datatype cmpi_float(void) { return MPI_FLOAT; }

/// MPI_BYTE: the element type of everything that is not a sum.
static inline MPI_Datatype cmpi_byte(void) { return MPI_BYTE; }

/// MPI_SUM: addition, exact and therefore the same in any order for integers.
static inline MPI_Op cmpi_sum(void) { return MPI_SUM; }

/// MPI_IN_PLACE: says in place of a send buffer that the receive buffer holds the input.
static inline const void *cmpi_in_place(void) { return MPI_IN_PLACE; }

/// MPI_MAX_ERROR_STRING: the bytes that MPI_Error_string may write; it is a macro of a macro.
static inline int cmpi_max_error_string(void) { return MPI_MAX_ERROR_STRING; }
