/* A definition applied to one person. */
#include "myosurv/body.h"

#include <math.h>
#include <stddef.h>

double ms_person_bmi(const ms_person *person) {
    return person->height_m > 0 ? person->weight_kg / (person->height_m * person->height_m) : NAN;
}

/* Does a range decide here? One without ends holds for everybody, known or not. */
static bool within(double from, double to, double value, bool *unknown) {
    if (from == -INFINITY && to == INFINITY) return true;
    if (isnan(value)) *unknown = true;
    return value >= from && value < to;
}

const ms_cutoff *ms_definition_cutoff(const ms_definition *definition, const ms_person *person,
                                      const char **why) {
    const bool man = person->sex == 'm' || person->sex == 'M',
               woman = person->sex == 'f' || person->sex == 'F';
    const double bmi = ms_person_bmi(person);
    bool no_age = false, no_bmi = false;
    if (why != NULL) *why = "sex_missing";
    if (!man && !woman) return NULL;
    const size_t s = man ? 0 : 1;
    for (size_t c = 0; c < definition->n_cuts[s]; c++) {
        const ms_cutoff *cut = &definition->cuts[s][c];
        const bool age = within(cut->age_from, cut->age_to, person->age_years, &no_age);
        const bool mass = within(cut->bmi_from, cut->bmi_to, bmi, &no_bmi);
        if (age && mass) return cut;
    }
    if (why != NULL) *why = no_age ? "age_missing" : no_bmi ? "bmi_missing" : "not_covered";
    return NULL;
}

int ms_definition_apply(const ms_definition *definition, double metric_value, const ms_person *person) {
    const ms_cutoff *cut = ms_definition_cutoff(definition, person, NULL);
    if (cut == NULL || !isfinite(metric_value)) return -1;
    if (definition->inclusive && metric_value == cut->value) return 1;
    return definition->above ? metric_value > cut->value : metric_value < cut->value;
}
