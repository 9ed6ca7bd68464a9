/* The checkpoint file of a training. */
#include "model/model.h"

void ms_checkpoint_close(ms_checkpoint *checkpoint, bool finished) {
    (void)finished;
    free(checkpoint);
}
