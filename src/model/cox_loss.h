/* model/cox_loss.h: the two ways to the partial likelihood (cox_loss.c). */
#ifndef MS_MODEL_COX_LOSS_H
#define MS_MODEL_COX_LOSS_H

#include "model/model.h"

/* Between the highest and the lowest risk; exp of the difference is still a normal number. */
#define MS_COX_NARROW 600.0

/* For risks within MS_COX_NARROW of the highest: one exponential a row. */
double ms_cox_loss_narrow(const ms_cox_data *data, ms_train_ties ties, const double *risk, double highest,
                          double *gradient, double *work);

#endif
