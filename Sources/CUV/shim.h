// The one header through which Swift sees libuv.
#ifndef LETTERHEAD_CUV_SHIM_H
#define LETTERHEAD_CUV_SHIM_H
#include <uv.h>
#ifdef __linux__
// glibc shows it to GNU programs alone.
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
#endif
#endif
