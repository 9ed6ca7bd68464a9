/* Opens the modules over libtorch when they are first needed. */
#include "model/model.h"

ms_status ms_libtorch_open(const char *name, const char *entry, unsigned abi, const void **table,
                           ms_error *err) {
    /* Read when libgomp and OpenBLAS load: waiting threads must not burn the cores that others need, and BLAS
     * must have one thread, because its sums depend on their number. What the user set is left alone only
     * where it cannot change results. */
    (void)setenv("OMP_WAIT_POLICY", "passive", 0);
    (void)setenv("OPENBLAS_NUM_THREADS", "1", 1);
    return ms_module_open(name, entry, abi, table, err);
}

ms_status ms_torch_open(const ms_torch_functions **torch, ms_error *err) {
    const void *table = NULL;
    const ms_status status = ms_libtorch_open("ms_torch", "ms_torch_table", MS_TORCH_ABI, &table, err);
    if (status == MS_OK) *torch = table;
    return status;
}
