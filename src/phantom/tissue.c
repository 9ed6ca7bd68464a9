/* CT numbers: usual values of abdominal CT at 120 kV. Muscle gains about 7 to 8 HU with contrast (31 plain,
 * 38 arterial, 39 portal in the same 50 people, see docs). */
#include "phantom/tissue.h"

typedef struct tissue_row {
    float plain, arterial, portal;
    compartment compartment;
    float infiltration;
} tissue_row;

static const tissue_row rows[T_COUNT] = {
    [T_AIR] = {-1000, -1000, -1000, C_NONE, 0},
    [T_TABLE_SHELL] = {20, 20, 20, C_NONE, 0},
    [T_TABLE_FOAM] = {-930, -930, -930, C_NONE, 0},
    [T_SKIN] = {5, 8, 10, C_NONE, 0},
    [T_SAT] = {-106, -105, -105, C_SAT, 0},
    [T_VAT] = {-102, -101, -100, C_VAT, 0},
    [T_INTERFAT] = {-92, -91, -90, C_INTERFAT, 0},
    [T_FASCIA] = {25, 28, 30, C_NONE, 0},
    [T_WALL] = {0, 7, 8, C_MUSCLE, 0.85f},
    [T_BACK] = {0, 7, 8, C_MUSCLE, 1.25f},
    [T_QL] = {0, 7, 8, C_MUSCLE, 1.0f},
    [T_GLUTEAL] = {0, 7, 8, C_MUSCLE, 1.1f},
    [T_PSOAS_RIGHT] = {2, 10, 11, C_PSOAS_RIGHT, 0.7f},
    [T_PSOAS_LEFT] = {2, 10, 11, C_PSOAS_LEFT, 0.7f},
    [T_CRUS] = {45, 52, 55, C_NONE, 0},
    [T_CORTEX] = {620, 620, 620, C_NONE, 0},
    [T_MARROW] = {0, 5, 10, C_NONE, 0},
    [T_CORTEX_L3] = {620, 620, 620, C_L3, 0},
    [T_MARROW_L3] = {0, 5, 10, C_L3, 0},
    [T_DISC] = {85, 86, 88, C_NONE, 0},
    [T_CANAL] = {22, 24, 28, C_NONE, 0},
    [T_CARTILAGE] = {105, 106, 108, C_NONE, 0},
    [T_LUNG] = {-850, -845, -840, C_NONE, 0},
    [T_HEART] = {42, 180, 150, C_NONE, 0},
    [T_LIVER] = {57, 70, 112, C_NONE, 0},
    [T_GALL] = {8, 8, 9, C_NONE, 0},
    [T_SPLEEN] = {48, 120, 122, C_NONE, 0},
    [T_KIDNEY_CORTEX] = {32, 190, 185, C_NONE, 0},
    [T_KIDNEY_MEDULLA] = {29, 75, 175, C_NONE, 0},
    [T_KIDNEY_PELVIS] = {-25, -20, -10, C_NONE, 0},
    [T_PANCREAS] = {38, 105, 90, C_NONE, 0},
    [T_ARTERY] = {42, 310, 155, C_NONE, 0},
    [T_VEIN] = {40, 65, 150, C_NONE, 0},
    [T_PLAQUE] = {700, 720, 700, C_NONE, 0},
    [T_GUT_WALL] = {38, 75, 85, C_NONE, 0},
    [T_GUT_FLUID] = {18, 18, 20, C_NONE, 0},
    [T_GUT_CONTRAST] = {260, 260, 260, C_NONE, 0},
    [T_GUT_GAS] = {-960, -960, -960, C_NONE, 0},
    [T_STOOL] = {25, 25, 25, C_NONE, 0},
    [T_BLADDER] = {6, 6, 8, C_NONE, 0},
    [T_METAL] = {8000, 8000, 8000, C_NONE, 0},
};

void tissue_hu(const ms_phantom_params *params, float *hu) {
    for (int t = 0; t < T_COUNT; t++) {
        const tissue_row *row = &rows[t];
        hu[t] = params->phase == MS_PHANTOM_ARTERIAL ? row->arterial
                : params->phase == MS_PHANTOM_PORTAL ? row->portal
                                                     : row->plain;
        if (row->infiltration > 0) hu[t] += (float)params->muscle_hu;
    }
    hu[T_MARROW] += (float)params->bone_hu;
    hu[T_MARROW_L3] += (float)params->bone_hu;
}

compartment tissue_compartment(tissue t) {
    return rows[t].compartment;
}

double tissue_infiltration(tissue t) {
    return (double)rows[t].infiltration;
}
