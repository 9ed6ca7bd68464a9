/* The checkpoint of a training: what it is of, in words, so that another training cannot go on from it. */
#include "model/model.h"

ms_status ms_training_checkpoint(const ms_model *model, ms_training *training, const ms_train_extra *extra,
                                 ms_error *err) {
    (void)model;
    (void)training;
    if (extra->checkpoint) return ms_error_set(err, MS_EUNAVAILABLE, "checkpoints are not available yet");
    return MS_OK;
}
