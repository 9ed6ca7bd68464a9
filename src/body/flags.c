/* flags.c: doubts as words, for people and scripts alike. */
#include "myosurv/body.h"

#include "base/base.h"

#include <string.h>

const ms_flag_word ms_flag_words[] = {
    {"level_uncertain",
     "L3 could be another vertebra: look at the picture, or give the slice with --l3-slice"},
    {"landmarks_disagree",
     "counting from the ribs and from the sacrum gives different names (4 or 6 lumbar vertebrae, "
     "11 or 13 pairs of ribs, or a landmark misread)"},
    {"ribs_not_in_view", "no rib was seen to leave the spine: the vertebrae were counted from the sacrum"},
    {"sacrum_not_in_view", "no sacrum was seen: the vertebrae were counted from the ribs"},
    {"l3_at_edge", "part of the L3 vertebra is outside the scan"},
    {"spine_unclear",
     "the discs are hard to tell from the vertebrae: the slice may be off by some millimetres"},
    {"lumbar_count_unusual",
     "4 or 6 lumbar vertebrae, or 11 or 13 pairs of ribs, fit best: L3 is the third below the lowest ribs"},
    {"transitional_vertebra",
     "the lowest lumbar vertebra or S1 is in between both kinds, or the lowest rib is on one side only: the "
     "count may be one off"},
    {"level_fallback",
     "the vertebrae could not be counted: the level is a guess from the height of the iliac crests"},
    {"thick_slices", "slices are over 6 mm thick: the level is no finer than a slice"},
    /* tissue.c */
    {"vertebra_unclear", "the vertebra on the slice is hard to make out: look at the outlines"},
    {"truncated_fov_skin", "the field of view cuts the skin off: no subcutaneous fat area, no waist"},
    {"truncated_fov_muscle", "the field of view comes too near to the muscle: no muscle area"},
    {"thin_patient_fat", "hardly any fat under the skin: the muscles' outer border is less sure"},
    {"little_muscle", "under 40 cm2 of muscle was found: look at the outlines"},
    {"methods_disagree", "the network's outlines and those without it differ much: look at the picture"},
    {"network_rejected", "the network's outlines cannot be: those without it were used"},
    {"network_alone", "no vertebra was made out on the slice: the network's outlines stand unchecked"},
    /* measure.c and segment.c */
    {"mask_given", "the outlines come from a mask that was given"},
    {"mask_many_slices", "the mask given has several slices: the one with the most muscle was measured"},
    {"mask_slices_missing", "the mask given lacks some slices of the band: the average is over those it has"},
    {"band_cut", "part of the band lies outside the scan: the average is over the slices there are"},
    {"parts_missing", "single muscles could not be told apart: their areas are not measured"},
    {"trabecular_end_plate",
     "the slice lies within 4 mm of an end plate or in a disc: spongy bone is not measured"},
    {"phase_contradicts_header",
     "the picture and the scan's header disagree on whether contrast agent was given: give --phase"},
    {"mask_lacks_fat", "the mask given has no label for some kind of fat: that fat is not measured"},
    {"muscle_missing", "no muscle is labelled"},
    {"psoas_missing", "one or both psoas muscles are not labelled"},
    {"little_fat", "no subcutaneous or no visceral fat is labelled"},
    {"height_missing", "no body height was given: no index by height"},
    {"area_implausible", "an area is far outside what is seen in adults: look at the outlines"},
    {"density_implausible", "the muscle's density is far outside what is seen in adults"},
    {"psoas_asymmetric", "one psoas is over 1.6 times the other: look at the outlines"},
    {"no_outline", "no body was found on the slice"},
    {NULL, NULL},
};

void ms_flags_add(ms_flags *flags, const char *word) {
    if (!flags || ms_flags_has(flags, word) || flags->n >= MS_COUNT(flags->words)) return;
    size_t length = strlen(word), room = sizeof flags->words[0];
    if (length >= room) length = room - 1;
    memcpy(flags->words[flags->n], word, length);
    flags->words[flags->n][length] = '\0';
    flags->n++;
}

bool ms_flags_has(const ms_flags *flags, const char *word) {
    for (size_t i = 0; i < flags->n; i++)
        if (strcmp(flags->words[i], word) == 0) return true;
    return false;
}

void ms_flags_text(const ms_flags *flags, char text[MS_FLAGS_TEXT]) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t f = 0; f < flags->n; f++) {
        (void)ms_text_format(text + used, MS_FLAGS_TEXT - used, "%s%s", f > 0 ? " " : "", flags->words[f]);
        used += strlen(text + used);
    }
}
