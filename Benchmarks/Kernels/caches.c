#include "caches.h"

#include <unistd.h>

#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

size_t cache_bytes(int level)
{
    long bytes = 0;
#if defined(__APPLE__)
    static const char *const names[] = {"hw.perflevel0.l1dcachesize", "hw.perflevel0.l2cachesize", "hw.l3cachesize"};
    size_t size = sizeof bytes;
    if (sysctlbyname(names[level - 1], &bytes, &size, NULL, 0) != 0) bytes = 0;
#elif defined(_SC_LEVEL1_DCACHE_SIZE)
    const int names[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
    bytes = sysconf(names[level - 1]);
#endif
    static const size_t usual[] = {32 << 10, 1 << 20, 32 << 20};
    return bytes > 0 ? (size_t)bytes : usual[level - 1];
}

const char *level_name(double bytes, size_t threads)
{
    const double share = bytes / (double)threads; /* the first two belong to a core */
    if (share <= (double)cache_bytes(1)) return "L1";
    if (share <= (double)cache_bytes(2)) return "L2";
    return bytes <= (double)cache_bytes(3) ? "L3" : "DRAM";
}
