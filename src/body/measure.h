/* body/measure.h: the catalogue's rows by number, for code inside the room. */
#ifndef MS_BODY_MEASURE_H
#define MS_BODY_MEASURE_H

#include "myosurv/body.h"

/* In the order of ms_measures[]. */
enum {
    MS_M_SMA,
    MS_M_PSOAS,
    MS_M_PSOAS_RIGHT,
    MS_M_PSOAS_LEFT,
    MS_M_SMD,
    MS_M_PSOAS_HU,
    MS_M_PSOAS_RIGHT_HU,
    MS_M_PSOAS_LEFT_HU,
    MS_M_LAMA,
    MS_M_NAMA,
    MS_M_IMAT,
    MS_M_SAT,
    MS_M_VAT,
    MS_M_TAT,
    MS_M_VAT_SAT,
    MS_M_SAT_HU,
    MS_M_VAT_HU,
    MS_M_SMI,
    MS_M_PMI,
    MS_M_PMI_MM2,
    MS_M_SMG,
    MS_M_PSOAS_THICKNESS,
    MS_M_PTH,
    MS_M_WAIST,
    MS_M_TRABECULAR,
    MS_M_ERECTOR,
    MS_M_ERECTOR_RIGHT,
    MS_M_ERECTOR_LEFT,
    MS_M_ERECTOR_HU,
    MS_M_QUADRATUS,
    MS_M_QUADRATUS_RIGHT,
    MS_M_QUADRATUS_LEFT,
    MS_M_QUADRATUS_HU,
    MS_M_WALL,
    MS_M_WALL_HU,
    MS_M_IMAC_ERECTOR,
    MS_M_COUNT
};

/* What one slice gives by itself, values[MS_M_COUNT]; what follows from other measurements stays NaN. */
MS_NODISCARD ms_status ms_measure_base(const ms_volume *volume, const uint8_t *labels, const uint8_t *parts,
                                       size_t k, double *values, ms_flags *flags, ms_error *err);
/* Indices, ratios and sums of what is there already, and doubts about the numbers. */
void ms_measure_derive(const ms_person *person, double *values, ms_flags *flags);

/* Transverse thickness of one psoas in mm: the extent across its longest diameter; NaN without the label. */
double ms_psoas_thickness_mm(const ms_geometry *geometry, const uint8_t *labels, uint8_t label);

#endif
