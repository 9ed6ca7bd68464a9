/* The catalogue of measurements: names, units, definitions and where each comes from. */
#include "body/measure.h"

const ms_measure ms_measures[] = {
    [MS_M_SMA] = {"sma_cm2", "cm2",
                  "area of all skeletal muscle (labels 1 to 3, -29 to 150 HU) on the L3 slice",
                  "Mourtzakis et al. 2008, Appl Physiol Nutr Metab 33:997"},
    [MS_M_PSOAS] = {"psoas_cm2", "cm2", "area of both psoas muscles (labels 2 and 3)",
                    "Hamaguchi et al. 2016, Nutrition 32:1200"},
    [MS_M_PSOAS_RIGHT] = {"psoas_right_cm2", "cm2", "area of the patient's right psoas (label 2)",
                          "as psoas_cm2, one side"},
    [MS_M_PSOAS_LEFT] = {"psoas_left_cm2", "cm2", "area of the patient's left psoas (label 3)",
                         "as psoas_cm2, one side"},
    [MS_M_SMD] = {"smd_hu", "HU", "mean radiodensity of all skeletal muscle (labels 1 to 3)",
                  "Martin et al. 2013, J Clin Oncol 31:1539; Aubrey et al. 2014, Acta Physiol 210:489"},
    [MS_M_PSOAS_HU] = {"psoas_hu", "HU", "mean radiodensity of both psoas muscles", "as smd_hu, psoas only"},
    [MS_M_LAMA] = {"lama_cm2", "cm2", "low-attenuation muscle: area of labels 1 to 3 from -29 to 29 HU",
                   "Aubrey et al. 2014, Acta Physiol 210:489"},
    [MS_M_NAMA] = {"nama_cm2", "cm2", "normal-attenuation muscle: area of labels 1 to 3 from 30 to 150 HU",
                   "Aubrey et al. 2014, Acta Physiol 210:489"},
    [MS_M_IMAT] = {"imat_cm2", "cm2", "area of fat inside the muscles' fascia (label 6, -190 to -30 HU)",
                   "Mitsiopoulos et al. 1998, J Appl Physiol 85:115"},
    [MS_M_SAT] = {"sat_cm2", "cm2", "area of subcutaneous fat (label 4, -190 to -30 HU), skin left out",
                  "Mourtzakis et al. 2008, Appl Physiol Nutr Metab 33:997"},
    [MS_M_VAT] = {"vat_cm2", "cm2", "area of visceral fat (label 5, -150 to -50 HU)",
                  "Mourtzakis et al. 2008, Appl Physiol Nutr Metab 33:997"},
    [MS_M_VAT_SAT] = {"vat_sat_ratio", "1", "vat_cm2 / sat_cm2", "Fujiwara et al. 2015, J Hepatol 63:131"},
    [MS_M_SAT_HU] = {"sat_hu", "HU", "mean radiodensity of subcutaneous fat (label 4)", "as sat_cm2"},
    [MS_M_VAT_HU] = {"vat_hu", "HU", "mean radiodensity of visceral fat (label 5)", "as vat_cm2"},
    [MS_M_SMI] = {"smi_cm2_m2", "cm2/m2", "skeletal muscle index: sma_cm2 / height_m^2",
                  "Prado et al. 2008, Lancet Oncol 9:629"},
    [MS_M_PMI] = {"pmi_cm2_m2", "cm2/m2", "psoas muscle index: psoas_cm2 / height_m^2",
                  "Hamaguchi et al. 2016, Nutrition 32:1200"},
    [MS_M_PMI_MM2] = {"pmi_mm2_m2", "mm2/m2", "100 * pmi_cm2_m2, the unit some definitions use",
                      "Vidot et al. 2019"},
    [MS_M_SMG] = {"smg", "cm2 HU/m2", "skeletal muscle gauge: smi_cm2_m2 * smd_hu",
                  "Shachar et al. 2017, Clin Cancer Res 23:658"},
    [MS_M_PSOAS_THICKNESS] =
        {"psoas_thickness_mm", "mm",
         "transverse psoas thickness: the extent across the longest diameter on the L3 slice, "
         "mean of both sides",
         "Durand et al. 2014, J Hepatol 60:1151 (there at the umbilicus)"},
    [MS_M_PTH] = {"pth_mm_m", "mm/m", "psoas thickness by height: psoas_thickness_mm / height_m",
                  "Durand et al. 2014, J Hepatol 60:1151; Gu et al. 2018"},
    [MS_M_WAIST] = {"waist_cm", "cm", "length of the body's outline on the L3 slice, arms and table left out",
                    "perimeter of the outline"},
    [MS_M_TRABECULAR] =
        {"trabecular_hu", "HU",
         "mean radiodensity of spongy bone in a round region, 8 mm in radius, at the centre of the "
         "vertebral body",
         "after Pickhardt et al. 2013, Ann Intern Med 158:588 (there L1)"},
};
const size_t ms_n_measures = MS_M_COUNT;
