/* tests/fuzz/fuzz_formula.c: any text as a formula. What is parsed is written back and parsed to the same; a
 * model over a small table is made of it or refused. */
#include "fuzz/scratch.h"
#include "survival/formula.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rows[] = "t,s,e,x,y,sex,grade,inst,two words,start\n"
                           "5,0,1,1,2,f,low,1,9,0\n6,1,0,2,1,m,high,2,8,1\n7,2,1,3,4,f,mid,1,7,2\n"
                           "8,1,1,4,3,m,low,2,,3\n9,2,0,5,NA,f,high,1,5,4\n9,1,1,6,1,m,mid,3,4,5\n";

static void check_error(ms_status status, const ms_error *err) {
    assert(status == MS_EINPUT || status == MS_EUSAGE);
    assert(err->message[0]);
}

static void check_source(const ms_node *node) {
    ms_buffer first, second;
    ms_node *again = NULL;
    ms_error err = {0};
    ms_buffer_init(&first);
    ms_buffer_init(&second);
    ms_node_source(node, &first);
    assert(!ms_buffer_failed(&first));
    const ms_status status = ms_formula_parse(first.data, &again, &err);
    if (status == MS_OK) {
        ms_node_source(again, &second);
        assert(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    } else {
        assert(strstr(err.message, "deep") || strstr(err.message, "many") || strstr(err.message, "long"));
    }
    ms_node_free(again);
    ms_buffer_clear(&first);
    ms_buffer_clear(&second);
}

static void check_model(const char *formula) {
    static ms_table *table; /* one for all inputs; still reachable, so no leak */
    ms_model_frame frame = {0};
    ms_error err = {0};
    if (!table) assert(ms_table_parse(&table, rows, sizeof rows - 1, "x.csv", &err) == MS_OK);
    const ms_status status = ms_model_frame_read(table, formula, NULL, &frame, &err);
    if (status != MS_OK) {
        check_error(status, &err);
        return;
    }
    assert(frame.n <= 6);
    for (size_t j = 0; j < frame.p; j++) assert(frame.names[j] && frame.names[j][0]);
    ms_model_frame_clear(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ms_node *root = NULL;
    ms_error err = {0};
    char *formula = malloc(size + 1);
    assert(formula);
    if (size) memcpy(formula, data, size);
    formula[size] = '\0';
    const ms_status status = ms_formula_parse(formula, &root, &err);
    if (status == MS_OK)
        check_source(root);
    else
        check_error(status, &err);
    ms_node_free(root);
    check_model(formula);
    free(formula);
    return 0;
}
