// The one header through which Swift sees libuv, and what the C library has beside the standards.
#ifndef LETTERHEAD_CUV_SHIM_H
#define LETTERHEAD_CUV_SHIM_H
#include <uv.h>
#ifdef __linux__
// glibc shows it to GNU programs alone.
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
#endif
#ifdef __GLIBC__
#include <malloc.h>
/// Gives the allocator's unused memory back to the system.
static inline void letterhead_trim_memory(void) { malloc_trim(0); }
/// Gives each allocation of that many bytes or more a mapping of its own.
static inline void letterhead_map_large_allocations(int size) { mallopt(M_MMAP_THRESHOLD, size); }
#else
static inline void letterhead_trim_memory(void) {}
static inline void letterhead_map_large_allocations(int size) {}
#endif
#endif
