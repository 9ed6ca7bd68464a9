/* radiomics/config_yaml.h: parameter files of pyradiomics. */
#ifndef MS_RADIOMICS_CONFIG_YAML_H
#define MS_RADIOMICS_CONFIG_YAML_H

#include "radiomics/radiomics.h"

/* Reads a YAML parameter file; *config is as it leaves it on failure. The result is not yet checked as a
 * whole. */
MS_NODISCARD ms_status ms_config_read_yaml(const char *path, ms_feature_config *config, ms_error *err);

#endif
