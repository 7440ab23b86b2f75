// The one header through which Swift sees libuv, and what the C library has beside the standards.
#ifndef LETTERHEAD_CUV_SHIM_H
#define LETTERHEAD_CUV_SHIM_H
#include <uv.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
// glibc shows it to GNU programs alone.
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
#endif
// A C library makes each `recv` and `send` a point where the thread can be cancelled, which costs a threaded program two more atomic
// operations for each call. Nobody cancels the threads of loops.
#if defined(SYS_recvfrom) && defined(SYS_sendto)
static inline ssize_t letterhead_receive(int descriptor, void *bytes, size_t count) {
    return syscall(SYS_recvfrom, descriptor, bytes, count, 0, NULL, NULL);
}
static inline ssize_t letterhead_send(int descriptor, const void *bytes, size_t count, int flags) {
    return syscall(SYS_sendto, descriptor, bytes, count, flags, NULL, 0);
}
#else
static inline ssize_t letterhead_receive(int descriptor, void *bytes, size_t count) { return recv(descriptor, bytes, count, 0); }
static inline ssize_t letterhead_send(int descriptor, const void *bytes, size_t count, int flags) {
    return send(descriptor, bytes, count, flags);
}
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
