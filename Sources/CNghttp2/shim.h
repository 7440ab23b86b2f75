// The one header through which Swift sees libnghttp2.
#ifndef LETTERHEAD_CNGHTTP2_SHIM_H
#define LETTERHEAD_CNGHTTP2_SHIM_H
#include <nghttp2/nghttp2.h>
#endif
