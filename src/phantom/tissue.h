/* phantom/tissue.h: what a point of the trunk is made of, and what it shows on CT. */
#ifndef MS_PHANTOM_TISSUE_H
#define MS_PHANTOM_TISSUE_H

#include "myosurv/phantom.h"

typedef enum tissue {
    T_AIR = 0,
    T_TABLE_SHELL,
    T_TABLE_FOAM,
    T_SKIN,
    T_SAT,
    T_VAT,
    T_INTERFAT, /* between muscles, inside the outer fascia */
    T_FASCIA,   /* aponeuroses, linea alba: not muscle */
    T_WALL,     /* oblique muscles, transversus, rectus, latissimus, intercostals */
    T_BACK,     /* erector spinae, multifidus */
    T_QL,
    T_GLUTEAL, /* gluteal muscles, iliacus */
    T_PSOAS_RIGHT,
    T_PSOAS_LEFT,
    T_CRUS, /* diaphragm */
    T_CORTEX,
    T_MARROW,
    T_CORTEX_L3,
    T_MARROW_L3,
    T_DISC,
    T_CANAL, /* thecal sac */
    T_CARTILAGE,
    T_LUNG,
    T_HEART,
    T_LIVER,
    T_GALL,
    T_SPLEEN,
    T_KIDNEY_CORTEX,
    T_KIDNEY_MEDULLA,
    T_KIDNEY_PELVIS,
    T_PANCREAS,
    T_ARTERY,
    T_VEIN,
    T_PLAQUE,
    T_GUT_WALL,
    T_GUT_FLUID,
    T_GUT_CONTRAST,
    T_GUT_GAS,
    T_STOOL,
    T_BLADDER,
    T_METAL,
    T_COUNT
} tissue;

/* Which label of the truth mask a tissue can give. */
typedef enum compartment {
    C_NONE = 0,
    C_MUSCLE,
    C_PSOAS_RIGHT,
    C_PSOAS_LEFT,
    C_SAT,
    C_VAT,
    C_INTERFAT,
    C_L3,
    C_COUNT
} compartment;

#define TISSUE_BIT(t) (UINT64_C(1) << (t))
#define OVER_ANY (~UINT64_C(0))
#define OVER_VAT TISSUE_BIT(T_VAT)

/* hu[T_COUNT] for a patient and contrast phase. */
void tissue_hu(const ms_phantom_params *params, float *hu);
compartment tissue_compartment(tissue t);
/* Share of params->fat_infiltration that a muscle carries: back muscles more, psoas less; 0 for what is no
 * muscle. */
double tissue_infiltration(tissue t);

#endif
