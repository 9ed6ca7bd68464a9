/* A map of how each part of the muscle contributes to a model's risk: patches are taken away one by one. */
#include "study/occlusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ms_occlusion_way_names[MS_OCCLUSION_WAYS] = {"remove", "median"};

void ms_occlusion_options_default(ms_occlusion_options *options) {
    *options = (ms_occlusion_options){.way = MS_OCCLUDE_REMOVE, .patch_mm = 20};
}

ms_status ms_occlusion_region_parse(const char *text, ms_occlusion_region *region, ms_error *err) {
    ms_occlusion_region made = {.n_labels = 0};
    const char *equals = strchr(text, '='), *at = equals ? equals + 1 : text;
    if (equals && !ms_text_format(made.prefix, sizeof made.prefix, "%.*s", (int)(equals - text), text))
        return ms_error_set(err, MS_EUSAGE, "region %s: the prefix is too long", text);
    for (;; at++) {
        char *end = NULL;
        const long label = strtol(at, &end, 10);
        if (end == at || label < 1 || label > 255 || made.n_labels == MS_COUNT(made.labels) ||
            (*end != '+' && *end != ',' && *end != '\0'))
            return ms_error_set(err, MS_EUSAGE,
                                "region %s: a prefix, = and one to 8 labels from 1 to 255, as in sm_=1+2+3",
                                text);
        made.labels[made.n_labels++] = (uint8_t)label;
        at = end;
        if (*at == '\0') break;
    }
    *region = made;
    return MS_OK;
}

/* ---- the slice ------------------------------------------------------------------------------------------
 */

/* The slice with most voxels of the labels. */
static bool find_slice(const ms_mask *mask, const bool labels[256], size_t *slice) {
    const size_t area = mask->geometry.n[0] * mask->geometry.n[1];
    size_t most = 0;
    for (size_t k = 0; k < mask->geometry.n[2]; k++) {
        size_t n = 0;
        for (size_t v = 0; v < area; v++) n += labels[mask->data[k * area + v]];
        if (n > most) {
            most = n;
            *slice = k;
        }
    }
    return most > 0;
}

/* Reads scan and mask and keeps one slice of both. */
static ms_status take_slice(const ms_occlusion_request *request, const ms_scan *scan,
                            const ms_occlusion_inputs *inputs, ms_occlusion_map *map, ms_mask *labels,
                            ms_error *err) {
    bool wanted[256];
    ms_mask mask = {0};
    const size_t *n = scan->volume.geometry.n, area = n[0] * n[1];
    ms_occlusion_labels(inputs, wanted);
    map->slice = request->slice;
    ms_status status = ms_mask_read(request->mask, &scan->volume.geometry, &mask, err);
    if (status == MS_OK && request->has_slice && request->slice >= n[2])
        status = ms_error_set(err, MS_EUSAGE, "there is no slice %zu: the scan has %zu, counted from 0",
                              request->slice, n[2]);
    if (status == MS_OK && !request->has_slice && !find_slice(&mask, wanted, &map->slice))
        status = ms_error_set(err, MS_EINPUT, "%s: has no voxel of the regions' labels", request->mask);
    if (status == MS_OK) status = ms_volume_slice(&scan->volume, map->slice, &map->image, err);
    if (status == MS_OK) status = ms_mask_alloc(labels, &map->image.geometry, err);
    if (status == MS_OK) {
        memcpy(labels->data, mask.data + map->slice * area, area);
        map->labels = ms_calloc(area, 1);
        map->map = ms_calloc(area, sizeof *map->map);
        status = map->labels && map->map ? MS_OK : ms_error_nomem(err);
    }
    if (status == MS_OK) memcpy(map->labels, labels->data, area);
    ms_mask_clear(&mask);
    return status;
}

/* ---- patches --------------------------------------------------------------------------------------------
 */

typedef struct patch {
    size_t from[2], to[2];
    size_t voxels; /* of muscle */
    double risk;   /* NaN where nothing is left to measure */
} patch;

typedef struct occlusion {
    const ms_occlusion_inputs *inputs;
    const ms_occlusion_options *options;
    const ms_volume *slice;
    const ms_mask *mask;
    bool muscle[256];
    float median;
    double *base; /* [p] the patient's inputs */
    patch *patches;
    size_t n;
    ms_progress *bar;
} occlusion;

static bool is_muscle(const occlusion *o, size_t i, size_t j) {
    return o->muscle[o->mask->data[j * o->slice->geometry.n[0] + i]];
}

static size_t count_muscle(const occlusion *o, const patch *p) {
    size_t n = 0;
    for (size_t j = p->from[1]; j < p->to[1]; j++)
        for (size_t i = p->from[0]; i < p->to[0]; i++) n += is_muscle(o, i, j);
    return n;
}

static int by_hu(const void *a, const void *b) {
    const float p = *(const float *)a, q = *(const float *)b;
    return p < q ? -1 : p > q;
}

/* The median intensity of the muscle: one of its own values, so that whole numbers stay whole. */
static ms_status find_median(occlusion *o, ms_error *err) {
    const size_t area = o->slice->geometry.n[0] * o->slice->geometry.n[1];
    size_t n = 0;
    float *values = ms_calloc(area, sizeof *values);
    if (!values) return ms_error_nomem(err);
    for (size_t v = 0; v < area; v++)
        if (o->muscle[o->mask->data[v]]) values[n++] = o->slice->data[v];
    if (n > 0) {
        qsort(values, n, sizeof *values, by_hu);
        o->median = values[(n - 1) / 2];
    }
    free(values);
    return n > 0 ? MS_OK
                 : ms_error_set(err, MS_EINPUT,
                                "the slice has no voxel of the regions' labels: no muscle there");
}

/* The muscle's bounding box along i or j. */
static void bounds(const occlusion *o, int axis, size_t *from, size_t *to) {
    const size_t *n = o->slice->geometry.n;
    *from = n[axis];
    *to = 0;
    for (size_t j = 0; j < n[1]; j++)
        for (size_t i = 0; i < n[0]; i++) {
            const size_t at = axis == 0 ? i : j;
            if (!is_muscle(o, i, j)) continue;
            if (at < *from) *from = at;
            if (at + 1 > *to) *to = at + 1;
        }
}

/* A grid that reaches over the muscle's edges, so that each voxel is covered by as many patches as any other.
 */
static ms_status lay_patches(occlusion *o, ms_occlusion_map *map, ms_error *err) {
    const double *spacing = o->slice->geometry.spacing_mm,
                 step_mm = o->options->step_mm > 0 ? o->options->step_mm : o->options->patch_mm / 4;
    size_t from[2], to[2], side[2], step[2], count[2];
    if (!(o->options->patch_mm >= fmax(spacing[0], spacing[1]) && o->options->patch_mm <= 1000) ||
        !(step_mm > 0 && step_mm <= o->options->patch_mm))
        return ms_error_set(err, MS_EUSAGE,
                            "a patch is at least a voxel wide (%g mm), and the step not above it",
                            fmax(spacing[0], spacing[1]));
    for (int a = 0; a < 2; a++) {
        side[a] = (size_t)fmax(1, floor(o->options->patch_mm / spacing[a] + 0.5));
        step[a] = (size_t)fmax(1, floor(step_mm / spacing[a] + 0.5));
        map->patch_mm[a] = (double)side[a] * spacing[a];
        map->step_mm[a] = (double)step[a] * spacing[a];
        bounds(o, a, &from[a], &to[a]);
        count[a] = (to[a] - from[a] + side[a] - 1) / step[a] + 1;
    }
    o->patches = ms_calloc(count[0] * count[1], sizeof *o->patches);
    if (!o->patches) return ms_error_nomem(err);
    for (size_t b = 0; b < count[1]; b++)
        for (size_t a = 0; a < count[0]; a++) {
            patch p = {.risk = NAN};
            const size_t at[2] = {a, b};
            for (int axis = 0; axis < 2; axis++) { /* the first patch has only the first step inside */
                const size_t end = from[axis] + (at[axis] + 1) * step[axis];
                p.from[axis] = end > side[axis] ? end - side[axis] : 0;
                p.to[axis] = end < to[axis] ? end : to[axis];
            }
            p.voxels = count_muscle(o, &p);
            if (p.voxels > 0) o->patches[o->n++] = p;
        }
    return MS_OK;
}

/* Takes the patch away, and says of which regions. */
static void take_away(const occlusion *o, const patch *p, ms_volume *slice, ms_mask *mask, bool *touched) {
    const ms_occlusion_request *request = o->inputs->request;
    const bool remove = o->options->way == MS_OCCLUDE_REMOVE;
    bool labels[256] = {false};
    for (size_t j = p->from[1]; j < p->to[1]; j++)
        for (size_t i = p->from[0]; i < p->to[0]; i++) {
            const size_t v = j * slice->geometry.n[0] + i;
            if (!is_muscle(o, i, j)) continue;
            labels[o->mask->data[v]] = true;
            if (remove)
                mask->data[v] = MS_LABEL_NONE;
            else
                slice->data[v] = o->median;
        }
    /* Intensities of one muscle reach what filters see of the next: all are measured anew then. */
    for (size_t r = 0; r < request->n_regions; r++) {
        touched[r] = !remove;
        for (size_t l = 0; l < request->regions[r].n_labels; l++)
            touched[r] = touched[r] || labels[request->regions[r].labels[l]];
    }
}

static ms_status copy_slice(const occlusion *o, ms_volume *slice, ms_mask *mask, ms_error *err) {
    const size_t area = o->slice->geometry.n[0] * o->slice->geometry.n[1];
    ms_status status = ms_volume_alloc(slice, &o->slice->geometry, err);
    if (status == MS_OK) status = ms_mask_alloc(mask, &o->slice->geometry, err);
    if (status != MS_OK) return status;
    memcpy(slice->data, o->slice->data, area * sizeof *slice->data);
    memcpy(mask->data, o->mask->data, area);
    return MS_OK;
}

/* A region that is empty without the patch has no features: such a patch cannot be judged. */
static ms_status run_patch(void *context, size_t index, ms_error *err) {
    const occlusion *o = context;
    patch *p = &o->patches[index];
    const ms_occlusion_inputs *in = o->inputs;
    ms_volume slice = {0};
    ms_mask mask = {0};
    bool *touched = ms_calloc(in->request->n_regions, sizeof *touched);
    double *x = ms_calloc(in->p, sizeof *x);
    ms_status status = touched && x ? ms_stop_check(err) : ms_error_nomem(err);
    if (status == MS_OK) status = copy_slice(o, &slice, &mask, err);
    if (status == MS_OK) {
        ms_error why = {0};
        take_away(o, p, &slice, &mask, touched);
        status = ms_occlusion_inputs_measure(in, &slice, &mask, touched, o->base, x, &why);
        if (status == MS_OK) status = ms_occlusion_inputs_risk(in, x, &p->risk, &why);
        if (status == MS_EINPUT) {
            p->risk = NAN;
            status = MS_OK;
        }
        if (status != MS_OK && err) *err = why;
    }
    free(touched);
    free(x);
    ms_volume_clear(&slice);
    ms_mask_clear(&mask);
    ms_progress_step(o->bar, 1);
    return status;
}

/* ---- the map --------------------------------------------------------------------------------------------
 */

static double contribution(const occlusion *o, const ms_occlusion_map *map, const patch *p) {
    const double *mm = o->slice->geometry.spacing_mm, cm2 = (double)p->voxels * mm[0] * mm[1] / 100;
    return (map->risk - p->risk) / (o->options->per_cm2 ? cm2 : 1);
}

/* Every voxel of muscle gets the mean over the patches that cover it. */
static ms_status paint(const occlusion *o, ms_occlusion_map *map, ms_error *err) {
    const size_t width = o->slice->geometry.n[0], area = width * o->slice->geometry.n[1];
    double *count = ms_calloc(area, sizeof *count);
    if (!count) return ms_error_nomem(err);
    for (size_t k = 0; k < o->n; k++) {
        const patch *p = &o->patches[k];
        if (isnan(p->risk)) continue;
        const double value = contribution(o, map, p);
        for (size_t j = p->from[1]; j < p->to[1]; j++)
            for (size_t i = p->from[0]; i < p->to[0]; i++) {
                if (!is_muscle(o, i, j)) continue;
                map->map[j * width + i] += value;
                count[j * width + i]++;
            }
    }
    map->low = map->high = NAN; /* fmin and fmax take the other one then */
    for (size_t v = 0; v < area; v++) {
        map->map[v] = count[v] > 0 ? map->map[v] / count[v] : (double)NAN;
        map->low = fmin(map->low, map->map[v]);
        map->high = fmax(map->high, map->map[v]);
    }
    free(count);
    return MS_OK;
}

static ms_status list_patches(const occlusion *o, ms_occlusion_map *map, ms_error *err) {
    static const char *const names[] = {"x_mm", "y_mm", "muscle_cm2", "risk", "contribution"};
    const ms_geometry *g = &o->slice->geometry;
    size_t column, row;
    ms_status status = ms_table_new(&map->patches, "patches", err);
    for (size_t c = 0; status == MS_OK && c < MS_COUNT(names); c++)
        status = ms_table_add_column(map->patches, names[c], &column, err);
    for (size_t k = 0; status == MS_OK && k < o->n; k++) {
        const patch *p = &o->patches[k];
        const double middle[3] = {0.5 * (double)(p->from[0] + p->to[0] - 1),
                                  0.5 * (double)(p->from[1] + p->to[1] - 1), 0};
        double mm[3];
        ms_index_to_mm(g, middle, mm);
        const double cells[] = {mm[0], mm[1], (double)p->voxels * g->spacing_mm[0] * g->spacing_mm[1] / 100,
                                p->risk, contribution(o, map, p)};
        status = ms_table_add_row(map->patches, &row, err);
        for (size_t c = 0; status == MS_OK && c < MS_COUNT(cells); c++)
            status = ms_table_set_number(map->patches, row, c, cells[c], err);
    }
    return status;
}

static ms_status run_patches(occlusion *o, ms_occlusion_map *map, ms_error *err) {
    const ms_occlusion_inputs *in = o->inputs;
    ms_status status = find_median(o, err);
    if (status == MS_OK) status = lay_patches(o, map, err);
    if (status == MS_OK)
        status = ms_occlusion_inputs_measure(in, o->slice, o->mask, NULL, NULL, o->base, err);
    if (status == MS_OK) status = ms_occlusion_inputs_risk(in, o->base, &map->risk, err);
    if (status != MS_OK) return status;
    o->bar = ms_progress_start(o->options->progress ? o->options->progress : "patches", o->n);
    status = ms_parallel_for(o->n, run_patch, o, err);
    ms_progress_end(o->bar);
    map->n_patches = o->n;
    for (size_t k = 0; k < o->n; k++) map->left_out += isnan(o->patches[k].risk) ? 1 : 0;
    if (status == MS_OK) status = paint(o, map, err);
    return status == MS_OK ? list_patches(o, map, err) : status;
}

ms_status ms_occlusion_run(const ms_occlusion_request *request, const ms_occlusion_options *options,
                           ms_occlusion_map *map, ms_error *err) {
    const ms_scan_options reading = {.series = request->series,
                                     .keep_values = request->config->as_pyradiomics};
    ms_occlusion_map made = {.way = options->way, .per_cm2 = options->per_cm2};
    ms_occlusion_inputs inputs = {0};
    occlusion o = {.inputs = &inputs, .options = options};
    ms_scan scan = {0};
    ms_mask mask = {0};
    ms_status status = ms_scan_read(request->scan, &reading, &scan, err);
    if (status == MS_OK) status = ms_occlusion_inputs_find(&inputs, request, &scan.layout, err);
    if (status == MS_OK) status = take_slice(request, &scan, &inputs, &made, &mask, err);
    if (status != MS_OK) goto cleanup;
    made.grid = scan.volume.geometry;
    made.layout = scan.layout;
    made.cutpoint = ms_model_cutpoint(request->model);
    made.n_image_inputs = inputs.n_image;
    made.n_other_inputs = inputs.n_given;
    ms_volume_clear(&scan.volume); /* one slice is enough from here on */
    o.slice = &made.image;
    o.mask = &mask;
    ms_occlusion_labels(&inputs, o.muscle);
    o.base = ms_calloc(inputs.p, sizeof *o.base);
    status = o.base ? run_patches(&o, &made, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        *map = made;
        made = (ms_occlusion_map){0};
    }
cleanup:
    free(o.base);
    free(o.patches);
    ms_occlusion_inputs_clear(&inputs);
    ms_occlusion_map_clear(&made);
    ms_mask_clear(&mask);
    ms_scan_clear(&scan);
    return status;
}

void ms_occlusion_map_clear(ms_occlusion_map *map) {
    ms_volume_clear(&map->image);
    free(map->labels);
    free(map->map);
    ms_table_free(map->patches);
    *map = (ms_occlusion_map){0};
}
