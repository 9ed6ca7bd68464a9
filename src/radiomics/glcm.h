/* radiomics/glcm.h: one co-occurrence matrix and its features. */
#ifndef MS_RADIOMICS_GLCM_H
#define MS_RADIOMICS_GLCM_H

#include "radiomics/radiomics.h"

/* Slots: the family's rows of the catalogue. */
enum {
    MS_GLCM_JOINT_MAX,
    MS_GLCM_JOINT_AVERAGE,
    MS_GLCM_JOINT_VARIANCE,
    MS_GLCM_JOINT_ENTROPY,
    MS_GLCM_DIFF_AVERAGE,
    MS_GLCM_DIFF_VARIANCE,
    MS_GLCM_DIFF_ENTROPY,
    MS_GLCM_SUM_AVERAGE,
    MS_GLCM_SUM_VARIANCE,
    MS_GLCM_SUM_ENTROPY,
    MS_GLCM_ENERGY,
    MS_GLCM_CONTRAST,
    MS_GLCM_DISSIMILARITY,
    MS_GLCM_ID,
    MS_GLCM_IDN,
    MS_GLCM_IDM,
    MS_GLCM_IDMN,
    MS_GLCM_INVERSE_VARIANCE,
    MS_GLCM_CORRELATION,
    MS_GLCM_AUTOCORRELATION,
    MS_GLCM_CLUSTER_TENDENCY,
    MS_GLCM_CLUSTER_SHADE,
    MS_GLCM_CLUSTER_PROMINENCE,
    MS_GLCM_IMC1,
    MS_GLCM_IMC2,
    MS_GLCM_MCC,
    MS_GLCM_FEATURES
};

/* MCC takes time with the cube of the levels that occur. */
#define MS_GLCM_MCC_LEVELS 512

typedef struct ms_glcm {
    size_t n;              /* levels that occur */
    size_t levels;         /* the largest level, Ng of the normalised features */
    const uint16_t *level; /* [n], ascending */
    double *p;             /* [n * n], symmetric, sums to 1; owned */
} ms_glcm;

/* values[MS_GLCM_FEATURES]; MCC only when asked for, else 0. One grey level: correlation 1, the information
 * correlations 0, MCC 1 (pyradiomics' limits). */
MS_NODISCARD ms_status ms_glcm_features(const ms_glcm *m, bool mcc, double *values, ms_error *err);

#endif
