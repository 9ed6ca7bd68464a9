/* myosurv/myosurv.h: the whole public interface of the library. */
#ifndef MYOSURV_MYOSURV_H
#define MYOSURV_MYOSURV_H

#include "myosurv/base.h"
#include "myosurv/body.h"
#include "myosurv/image.h"
#include "myosurv/model.h"
#include "myosurv/model_explain.h"
#include "myosurv/model_simulate.h"
#include "myosurv/phantom.h"
#include "myosurv/plot.h"
#include "myosurv/plot_decision.h"
#include "myosurv/plot_forest.h"
#include "myosurv/plot_net.h"
#include "myosurv/plot_nomogram.h"
#include "myosurv/plot_prediction.h"
#include "myosurv/radiomics.h"
#include "myosurv/study.h"
#include "myosurv/study_tables.h"
#include "myosurv/survival.h"
#include "myosurv/survival_compare.h"
#include "myosurv/survival_competing.h"
#include "myosurv/survival_cox.h"
#include "myosurv/survival_curves.h"
#include "myosurv/survival_impute.h"
#include "myosurv/survival_net.h"
#include "myosurv/survival_nomogram.h"
#include "myosurv/survival_parametric.h"
#include "myosurv/survival_prediction.h"
#include "myosurv/survival_table1.h"
#include "myosurv/survival_tables.h"

#endif
