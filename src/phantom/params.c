#include "myosurv/phantom.h"

#include "base/base.h"

#include <math.h>

#define ROW(member, unit_, lo, hi, use, text)                                                                \
    {                                                                                                        \
        .name = #member, .unit = unit_, .lowest = lo, .highest = hi, .usual = use, .help = text,             \
        .offset = offsetof(ms_phantom_params, member)                                                        \
    }

static const ms_phantom_param_info table[] = {
    ROW(sex, "", 0, 1, 1, "0 woman, 1 man"),
    ROW(age_years, "years", 18, 95, 60, "age: aortic plaque, bone"),
    ROW(height_m, "m", 1.40, 2.05, 1.74, "height: scales the skeleton"),
    ROW(muscle_amount, "", 0.4, 1.6, 1, "muscle area against the norm of sex and height"),
    ROW(psoas_amount, "", 0.6, 1.5, 1, "psoas area against what muscle_amount gives"),
    ROW(muscle_hu, "HU", 35, 65, 54, "lean muscle without contrast"),
    ROW(fat_infiltration, "", 0, 0.35, 0.07, "mean volume fraction of fat within muscle"),
    ROW(infiltration_scale_mm, "mm", 1.5, 12, 4, "length scale of the fat's pattern in muscle"),
    ROW(subcutaneous_mm, "mm", 3, 60, 18, "mean thickness of subcutaneous fat at L3"),
    ROW(visceral, "", 0, 1, 0.35, "visceral fat, from hardly any to very much"),
    ROW(bone_hu, "HU", 60, 280, 150, "trabecular bone"),
    ROW(lordosis_deg, "deg", 15, 75, 48, "angle between the upper ends of L1 and S1"),
    ROW(scoliosis_deg, "deg", -30, 30, 0, "lumbar Cobb angle, positive: convex to the left"),
    ROW(bowel_gas, "", 0, 1, 0.3, "share of bowel loops with gas"),
    ROW(oral_contrast, "", 0, 1, 0, "share of bowel loops with positive contrast"),
    ROW(shift_x_mm, "mm", -60, 60, 0, "body centre to the left of the isocentre"),
    ROW(shift_y_mm, "mm", -60, 60, 0, "body centre below the isocentre"),
    ROW(rotation_deg, "deg", -15, 15, 0, "roll about the table's axis"),
    ROW(z_offset_mm, "mm", -2000, 2000, 0, "DICOM z of the middle of the L3 body"),
    ROW(slice_mm, "mm", 0.6, 10, 5, "slice thickness"),
    ROW(spacing_z_mm, "mm", 0.6, 10, 5, "distance between slices"),
    ROW(top_mm, "mm", 20, 230, 185, "scanned above mid-L3, for a height of 1.74 m"),
    ROW(bottom_mm, "mm", 20, 200, 160, "scanned below mid-L3, for a height of 1.74 m"),
    ROW(matrix, "", 64, 768, 256, "pixels a side"),
    ROW(fov_mm, "mm", 200, 600, 400, "field of view"),
    ROW(padding, "", 0, 1, 0, "1: outside the field's circle is -1024"),
    ROW(kernel, "", 0, 1, 0, "0 soft, 1 sharp"),
    ROW(noise_hu, "HU", 0, 60, 10, "noise in a 300 mm body at 5 mm, soft kernel"),
    ROW(phase, "", 0, 2, 0, "0 plain, 1 arterial, 2 portal venous"),
    ROW(table, "", 0, 1, 1, "1 draws the table"),
    ROW(ribs_pairs, "", 11, 13, 12, "pairs of ribs"),
    ROW(lumbar_count, "", 4, 6, 5, "vertebrae between the twelfth thoracic and the sacrum"),
    ROW(transitional, "", 0, 3, 0,
        "1 L5 joined to the sacrum, 2 S1 like a lumbar one, 3 L5 joined on the right"),
    ROW(last_rib, "", 0.3, 1.3, 1, "length of the lowest ribs against the usual"),
    ROW(vertebra_height, "", 0.8, 1.2, 1, "heights of vertebrae against the usual for the body's height"),
    ROW(kyphosis_deg, "deg", 0, 45, 0, "thoracolumbar kyphosis with its apex at T12"),
    ROW(fracture, "", 0, 0.6, 0, "share of its height that the body over L2 has lost"),
    ROW(osteophytes, "", 0, 1, 0, "bony bridges over lumbar discs, from none to nearly all"),
    ROW(implants, "", 0, 3, 0, "discs over the sacrum fused with screws and rods"),
};

const ms_phantom_param_info *ms_phantom_param_table(size_t *n) {
    if (n) *n = MS_COUNT(table);
    return table;
}

static double *member(ms_phantom_params *params, size_t offset) {
    return (double *)(void *)((char *)params + offset);
}

void ms_phantom_params_default(ms_phantom_params *params) {
    for (size_t i = 0; i < MS_COUNT(table); i++) *member(params, table[i].offset) = table[i].usual;
}

static bool is_whole(const char *name) {
    static const char *const whole[] = {"sex",   "matrix",     "padding",      "kernel",       "phase",
                                        "table", "ribs_pairs", "lumbar_count", "transitional", "implants"};
    for (size_t i = 0; i < MS_COUNT(whole); i++) {
        if (ms_text_starts_with(name, whole[i])) return true;
    }
    return false;
}

ms_status ms_phantom_params_check(const ms_phantom_params *params, ms_error *err) {
    for (size_t i = 0; i < MS_COUNT(table); i++) {
        const ms_phantom_param_info *row = &table[i];
        double value = *(const double *)(const void *)((const char *)params + row->offset);
        if (!(value >= row->lowest && value <= row->highest))
            return ms_error_set(err, MS_EINPUT, "phantom parameter %s: %g is outside %g to %g%s%s", row->name,
                                value, row->lowest, row->highest, row->unit[0] ? " " : "", row->unit);
        if (is_whole(row->name) && value != floor(value))
            return ms_error_set(err, MS_EINPUT, "phantom parameter %s: %g is no whole number", row->name,
                                value);
    }
    double like_lumbar = params->lumbar_count + 12 - params->ribs_pairs;
    if (like_lumbar < 4 || like_lumbar > 6)
        return ms_error_set(err, MS_EINPUT,
                            "phantom parameters ribs_pairs %g and lumbar_count %g together: they leave %g "
                            "vertebrae without ribs, 4 to 6 can be drawn",
                            params->ribs_pairs, params->lumbar_count, like_lumbar);
    return MS_OK;
}
