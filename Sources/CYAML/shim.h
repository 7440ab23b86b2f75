// The one header through which Swift sees libyaml.
#ifndef LETTERHEAD_CYAML_SHIM_H
#define LETTERHEAD_CYAML_SHIM_H
#include <yaml.h>
#endif
