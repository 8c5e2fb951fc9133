/* Loaded before a program (LD_PRELOAD), this stands between its own code and the system: it counts the calls of each
 * class, makes one of them fail, kills the program there, or records what reaches the disk. Only calls that come from
 * the program's own code are touched, and from libraries where a class names them: whatever the loader, the locale or
 * a language's runtime does stays as it is, and so do files below /proc, /sys and /dev.
 *
 *   FAULT_CLASS   the class whose calls are made to fail; "change" is every call that changes a file
 *   FAULT_AT      the number of the call, from 1 on; 0 or nothing only counts
 *   FAULT_ALWAYS  1: every later call fails too (every second one with EINTR, or nothing would ever succeed)
 *   FAULT_KIND    an error's number; "short" (a few bytes at most are read or written); "kill" (before the call);
 *                 "half" (killed after the call, or after half of what it writes)
 *   FAULT_COUNTS  where a line "CLASS COUNT" is written for every class at the end
 *   FAULT_RECORD  where every call that changes a file is written, with its bytes
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

enum class { OPEN, READ, WRITE, FSYNC, RENAME, CLOSE, UNLINK, TRUNCATE, SEEK, LOCK, STAT, MKDIR, MMAP, MEMORY, THREAD, TEAM,
             DISPATCH, CHANGE, CLASSES };
static const char *const names[CLASSES] = {
    "open", "read", "write", "fsync", "rename", "close", "unlink", "ftruncate", "lseek", "flock", "stat", "mkdir", "mmap",
    "memory", "thread", "team", "dispatch", "change"};

enum { FEW_BYTES = 7, MOST_DESCRIPTORS = 4096, MOST_RANGES = 64 };
enum kind { ERROR, SHORT, KILL, HALF };

/* Where a module's code lies. */
struct range {
    uintptr_t start, end;
    enum { PROGRAM, ALLOCATES, FOUNDATION, OPENMP, LIBRARY } module;
};

static struct range ranges[MOST_RANGES];
static int range_count;
static atomic_long counts[CLASSES];
static enum class failing = CLASSES;
static enum kind kind;
static int failing_error, is_always, record = -1;
static long failing_at;
/* Descriptors of files that are left alone. */
static atomic_bool is_foreign[MOST_DESCRIPTORS];
static pthread_mutex_t record_lock = PTHREAD_MUTEX_INITIALIZER;

static int add_ranges(struct dl_phdr_info *info, size_t size, void *index)
{
    (void)size;
    const char *name = strrchr(info->dlpi_name, '/');
    name = name ? name + 1 : info->dlpi_name;
    int module = LIBRARY;
    /* The program comes first. Swift's Glibc module is where its calls of open() and fcntl() are compiled. */
    if ((*(int *)index)++ == 0 || strncmp(name, "libswiftGlibc", 13) == 0) module = PROGRAM;
    else if (strncmp(name, "libz.", 5) == 0 || strncmp(name, "libpng", 6) == 0 ||
             strncmp(name, "libjpeg", 7) == 0)
        module = ALLOCATES;
    else if (strncmp(name, "libFoundation.", 14) == 0) module = FOUNDATION;
    else if (strncmp(name, "libomp", 6) == 0) module = OPENMP;
    for (int i = 0; i < info->dlpi_phnum && range_count < MOST_RANGES; ++i) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (module == LIBRARY || part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        const uintptr_t start = info->dlpi_addr + part->p_vaddr;
        ranges[range_count++] = (struct range){start, start + part->p_memsz, module};
    }
    return 0;
}

static int module_of(void *caller)
{
    for (int i = 0; i < range_count; ++i)
        if ((uintptr_t)caller >= ranges[i].start && (uintptr_t)caller < ranges[i].end) return ranges[i].module;
    return LIBRARY;
}

static long setting(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void start(void)
{
    const char *class_name = getenv("FAULT_CLASS"), *kind_name = getenv("FAULT_KIND"), *path = getenv("FAULT_RECORD");
    for (int i = 0; class_name && i < CLASSES; ++i)
        if (strcmp(class_name, names[i]) == 0) failing = (enum class)i;
    failing_at = setting("FAULT_AT");
    is_always = (int)setting("FAULT_ALWAYS");
    if (!kind_name) kind_name = "5";
    kind = !strcmp(kind_name, "short") ? SHORT : !strcmp(kind_name, "kill") ? KILL : !strcmp(kind_name, "half") ? HALF : ERROR;
    failing_error = atoi(kind_name);
    if (path) record = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    int index = 0;
    dl_iterate_phdr(add_ranges, &index);
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FAULT_COUNTS");
    char text[1024];
    int length = 0;
    if (!path) return;
    for (int i = 0; i < CLASSES; ++i)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s %ld\n", names[i], atomic_load(&counts[i]));
    const int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    syscall(SYS_write, file, text, length);
    syscall(SYS_close, file);
}

/* Counts a call; whether it is one that something happens to. */
static int is_hit(enum class class)
{
    const long number = atomic_fetch_add(&counts[class], 1) + 1;
    if (class != failing || failing_at < 1 || number < failing_at) return 0;
    if (number == failing_at) return 1;
    return is_always && (failing_error != EINTR || (number - failing_at) % 2 == 0);
}

static void die(void) { syscall(SYS_kill, syscall(SYS_getpid), SIGKILL); }

/* Counts a call that may change a file; dies before it if that is asked for. Whether to die after it. */
static int begin_change(void)
{
    if (!is_hit(CHANGE)) return 0;
    if (kind == KILL) die();
    return kind == HALF;
}

/* Writes a line about a call that is done, and the bytes that belong to it. */
static void note(const void *bytes, size_t size, const char *format, ...)
{
    if (record < 0) return;
    const int error = errno;
    char line[8192];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&record_lock);
    syscall(SYS_write, record, line, (size_t)length);
    for (size_t done = 0; done < size;) done += (size_t)syscall(SYS_write, record, (const char *)bytes + done, size - done);
    pthread_mutex_unlock(&record_lock);
    errno = error;
}

#define REAL(function) ((__typeof__(&function))real(#function))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

#define IS_OWN (module_of(__builtin_return_address(0)) == PROGRAM)
/* Makes an own call fail with the error asked for: what the function returns then is `failure`. */
#define FAIL(class, failure) \
    do { \
        if (is_hit(class) && kind == ERROR) { \
            errno = failing_error; \
            return failure; \
        } \
    } while (0)

static int is_left_alone(int file) { return file >= 0 && file < MOST_DESCRIPTORS && atomic_load(&is_foreign[file]); }

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    if (!IS_OWN) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    const int is_strange = !strncmp(path, "/proc/", 6) || !strncmp(path, "/sys/", 5) || !strncmp(path, "/dev/", 5);
    if (!is_strange) FAIL(OPEN, -1);
    const int dies = flags & O_CREAT ? begin_change() : 0;
    const int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (file >= 0 && file < MOST_DESCRIPTORS) atomic_store(&is_foreign[file], is_strange);
    if (file >= 0) note(NULL, 0, "open %d %d %s\n", file, (flags & O_CREAT) != 0, path);
    if (dies) die();
    return file;
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

ssize_t read(int file, void *buffer, size_t size)
{
    if (!IS_OWN || is_left_alone(file)) return syscall(SYS_read, file, buffer, size);
    if (is_hit(READ)) {
        if (kind == SHORT) size = size < FEW_BYTES ? size : FEW_BYTES;
        else if (kind == ERROR) return errno = failing_error, -1;
    }
    return syscall(SYS_read, file, buffer, size);
}

ssize_t pread(int file, void *buffer, size_t size, off_t offset)
{
    if (!IS_OWN || is_left_alone(file)) return syscall(SYS_pread64, file, buffer, size, offset);
    if (is_hit(READ)) {
        if (kind == SHORT) size = size < FEW_BYTES ? size : FEW_BYTES;
        else if (kind == ERROR) return errno = failing_error, -1;
    }
    return syscall(SYS_pread64, file, buffer, size, offset);
}
ssize_t pread64(int file, void *buffer, size_t size, off_t offset) __attribute__((alias("pread")));

/* What stderr says is how a failure is judged, so it is left alone. */
ssize_t write(int file, const void *buffer, size_t size)
{
    if (!IS_OWN || file == STDERR_FILENO || is_left_alone(file)) return syscall(SYS_write, file, buffer, size);
    if (is_hit(WRITE)) {
        if (kind == SHORT) size = size < FEW_BYTES ? size : FEW_BYTES;
        else if (kind == ERROR) return errno = failing_error, -1;
    }
    const int dies = begin_change();
    const ssize_t count = syscall(SYS_write, file, buffer, dies ? size / 2 : size);
    if (dies) die();
    if (count > 0) note(buffer, (size_t)count, "write %d %zd\n", file, count);
    return count;
}

/* Only a lock's file is written so, whose bytes matter to nobody: they are not recorded. */
ssize_t pwrite(int file, const void *buffer, size_t size, off_t offset)
{
    if (!IS_OWN || is_left_alone(file)) return syscall(SYS_pwrite64, file, buffer, size, offset);
    if (is_hit(WRITE)) {
        if (kind == SHORT) size = size < FEW_BYTES ? size : FEW_BYTES;
        else if (kind == ERROR) return errno = failing_error, -1;
    }
    const int dies = begin_change();
    const ssize_t count = syscall(SYS_pwrite64, file, buffer, dies ? size / 2 : size, offset);
    if (dies) die();
    return count;
}
ssize_t pwrite64(int file, const void *buffer, size_t size, off_t offset) __attribute__((alias("pwrite")));

int fsync(int file)
{
    if (!IS_OWN) return (int)syscall(SYS_fsync, file);
    FAIL(FSYNC, -1);
    const int dies = begin_change();
    const int status = (int)syscall(SYS_fsync, file);
    if (dies) die();
    if (status == 0) note(NULL, 0, "fsync %d\n", file);
    return status;
}

int rename(const char *from, const char *to)
{
    if (!IS_OWN) return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    FAIL(RENAME, -1);
    const int dies = begin_change();
    const int status = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (dies) die();
    if (status == 0) note(NULL, 0, "rename %s %s\n", from, to);
    return status;
}

int close(int file)
{
    if (!IS_OWN) return (int)syscall(SYS_close, file);
    const int dies = begin_change();
    const int status = (int)syscall(SYS_close, file);
    if (dies) die();
    note(NULL, 0, "close %d\n", file);
    /* The descriptor is gone whatever close() says; what it says is that earlier writes failed. */
    if (is_left_alone(file)) atomic_store(&is_foreign[file], 0);
    else FAIL(CLOSE, -1);
    return status;
}

int unlink(const char *path)
{
    if (!IS_OWN) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    FAIL(UNLINK, -1);
    const int dies = begin_change();
    const int status = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (dies) die();
    if (status == 0) note(NULL, 0, "unlink %s\n", path);
    return status;
}

int ftruncate(int file, off_t length)
{
    if (!IS_OWN) return (int)syscall(SYS_ftruncate, file, length);
    FAIL(TRUNCATE, -1);
    const int dies = begin_change();
    const int status = (int)syscall(SYS_ftruncate, file, length);
    if (dies) die();
    return status;
}
int ftruncate64(int file, off_t length) __attribute__((alias("ftruncate")));

off_t lseek(int file, off_t offset, int whence)
{
    if (IS_OWN) FAIL(SEEK, -1);
    return syscall(SYS_lseek, file, offset, whence);
}
off_t lseek64(int file, off_t offset, int whence) __attribute__((alias("lseek")));

int flock(int file, int operation)
{
    if (IS_OWN) FAIL(LOCK, -1);
    return (int)syscall(SYS_flock, file, operation);
}

int stat(const char *path, struct stat *info)
{
    if (IS_OWN) FAIL(STAT, -1);
    return REAL(stat)(path, info);
}

int fstat(int file, struct stat *info)
{
    if (IS_OWN) FAIL(STAT, -1);
    return REAL(fstat)(file, info);
}

int mkdir(const char *path, mode_t mode)
{
    const int module = module_of(__builtin_return_address(0));
    if (module == PROGRAM || module == FOUNDATION || strstr(path, "nabla")) FAIL(MKDIR, -1);
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    if (IS_OWN) FAIL(MMAP, MAP_FAILED);
    return (void *)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}
void *mmap64(void *address, size_t size, int protection, int flags, int file, off_t offset) __attribute__((alias("mmap")));

/* malloc() is not among them for the program's own code: Swift's objects come from its runtime, which cannot go on
 * without memory. Buffers of data come from posix_memalign() and mmap(). */
static int allocates(void *caller) { return range_count > 0 && module_of(caller) == ALLOCATES; }

void *malloc(size_t size)
{
    if (allocates(__builtin_return_address(0))) FAIL(MEMORY, NULL);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (allocates(__builtin_return_address(0))) FAIL(MEMORY, NULL);
    return __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    if (allocates(__builtin_return_address(0))) FAIL(MEMORY, NULL);
    return __libc_realloc(pointer, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size)
{
    if (range_count > 0 && IS_OWN) FAIL(MEMORY, failing_error);
    *pointer = __libc_memalign(alignment, size);
    return *pointer || size == 0 ? 0 : ENOMEM;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    const int module = module_of(__builtin_return_address(0));
    const enum class class = module == OPENMP ? TEAM : module == PROGRAM || module == FOUNDATION ? THREAD : DISPATCH;
    /* A system without threads has none for anybody. */
    if (class == TEAM && failing == THREAD && is_always && failing_at > 0 && atomic_load(&counts[THREAD]) >= failing_at)
        return failing_error;
    FAIL(class, failing_error);
    return REAL(pthread_create)(thread, attributes, body, argument);
}
