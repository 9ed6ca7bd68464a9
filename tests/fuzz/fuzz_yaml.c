/* tests/fuzz/fuzz_yaml.c: any bytes as a parameter file of pyradiomics. What is taken is a configuration that
 * stands every check. */
#include "fuzz/scratch.h"
#include "myosurv/radiomics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ms_feature_config config;
    ms_error err = {0};
    const char *path = scratch_file("x.yaml", data, size);
    const ms_status status = ms_feature_config_read(path, &config, &err);
    if (status != MS_OK) {
        check_refusal(status, &err, "x.yaml");
        return 0;
    }
    assert(ms_feature_config_check(&config, &err) == MS_OK);
    return 0;
}
