/* Why a measurement is missing: the flag that spoils it, so that a null is never a riddle. */
#include "body/measure.h"

#include "base/base.h"

#include <math.h>

/* For each measurement, the flags that can spoil it, the likeliest first. */
static const struct {
    size_t from, to; /* measurements, inclusive */
    const char *flags[6];
} rows[] = {
    {MS_M_SMA, MS_M_SMA, {"truncated_fov_muscle", "muscle_missing"}},
    {MS_M_PSOAS, MS_M_PSOAS_LEFT, {"psoas_missing"}},
    {MS_M_SMD, MS_M_SMD, {"truncated_fov_muscle", "muscle_missing"}},
    {MS_M_PSOAS_HU, MS_M_PSOAS_LEFT_HU, {"psoas_missing"}},
    {MS_M_LAMA, MS_M_NAMA, {"truncated_fov_muscle", "muscle_missing"}},
    {MS_M_IMAT, MS_M_IMAT, {"truncated_fov_muscle", "mask_lacks_fat"}},
    {MS_M_SAT, MS_M_SAT, {"truncated_fov_skin", "mask_lacks_fat"}},
    {MS_M_VAT, MS_M_VAT, {"mask_lacks_fat"}},
    {MS_M_TAT, MS_M_VAT_SAT, {"truncated_fov_skin", "truncated_fov_muscle", "mask_lacks_fat", "little_fat"}},
    {MS_M_SAT_HU, MS_M_VAT_HU, {"mask_lacks_fat", "little_fat"}},
    {MS_M_SMI, MS_M_SMI, {"truncated_fov_muscle", "muscle_missing", "height_missing"}},
    {MS_M_PMI, MS_M_PMI_MM2, {"psoas_missing", "height_missing"}},
    {MS_M_SMG, MS_M_SMG, {"truncated_fov_muscle", "muscle_missing", "height_missing"}},
    {MS_M_PSOAS_THICKNESS, MS_M_PSOAS_THICKNESS, {"psoas_missing"}},
    {MS_M_PTH, MS_M_PTH, {"psoas_missing", "height_missing"}},
    {MS_M_WAIST, MS_M_WAIST, {"truncated_fov_skin", "no_outline"}},
    {MS_M_TRABECULAR, MS_M_TRABECULAR, {"trabecular_end_plate", "vertebra_unclear", "no_outline"}},
    {MS_M_ERECTOR, MS_M_WALL_HU, {"truncated_fov_muscle", "muscle_missing", "parts_missing"}},
    {MS_M_IMAC_ERECTOR,
     MS_M_IMAC_ERECTOR,
     {"truncated_fov_muscle", "muscle_missing", "parts_missing", "mask_lacks_fat", "little_fat"}},
};

const char *ms_measure_missing(size_t m, const double *values, const ms_flags *flags) {
    if (m >= MS_M_COUNT || !isnan(values[m])) return NULL;
    for (size_t r = 0; r < MS_COUNT(rows); r++) {
        if (m < rows[r].from || m > rows[r].to) continue;
        for (size_t f = 0; f < MS_COUNT(rows[r].flags) && rows[r].flags[f] != NULL; f++)
            if (ms_flags_has(flags, rows[r].flags[f])) return rows[r].flags[f];
    }
    return "not_labelled";
}
