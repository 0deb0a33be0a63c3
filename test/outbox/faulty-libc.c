/*
 * Faults that only the C library can give a process, for LD_PRELOAD. What they concern: files whose path begins with
 * FAULTY_FILES. `faulty-libc.ts` compiles it and says what each does.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const char *files;
static int journal = -1;
static useconds_t sync_delay;
/* Shared with who sets it while we run. */
static struct {
  int64_t clock_offset; /* ms */
  int64_t calls;        /* how many changes and syncs of the files were asked for so far */
  int64_t left;         /* the so manieth from now fails, 0 for none */
  int64_t times;        /* so many fail, one after another */
  int64_t error;
  int64_t only_syncs;
} *control;
static long file_system;

__attribute__((constructor)) static void begin(void) {
  const char *value;
  files = getenv("FAULTY_FILES");
  if (!files) files = "//nowhere";
  if ((value = getenv("FAULTY_JOURNAL"))) journal = syscall(SYS_openat, AT_FDCWD, value, O_WRONLY | O_APPEND | O_CLOEXEC);
  if ((value = getenv("FAULTY_SYNC_MS"))) sync_delay = atoi(value) * 1000;
  if ((value = getenv("FAULTY_FILE_SYSTEM"))) file_system = strtol(value, NULL, 0);
  if ((value = getenv("FAULTY_CONTROL"))) {
    int file = syscall(SYS_openat, AT_FDCWD, value, O_RDWR | O_CLOEXEC);
    void *map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    control = map == MAP_FAILED ? NULL : map;
    close(file);
  }
}

static int concerns(const char *path) { return strncmp(path, files, strlen(files)) == 0 && !strstr(path, "-shm"); }

/* Whether this call is to fail; sets errno then. */
static int fails(const char *path, int is_sync) {
  if (!control || !concerns(path) || (control->only_syncs && !is_sync)) return 0;
  __sync_fetch_and_add(&control->calls, 1);
  if (control->left <= 0 || __sync_sub_and_fetch(&control->left, 1) != 0) return 0;
  if (--control->times > 0) control->left = 1;
  errno = control->error;
  return 1;
}

/* One append for each entry, so that those of several threads and processes stay whole and in order. */
static void note(char kind, const char *path, int64_t offset, const void *data, int64_t length) {
  if (journal < 0 || !concerns(path)) return;
  struct { int64_t kind, offset, path_length, length; } head = {kind, offset, strlen(path), length};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path_length}, {(void *)data, length}};
  syscall(SYS_writev, journal, parts, 3);
}

static const char *path_of(int file, char *path) {
  char link[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, 4095);
  path[length < 0 ? 0 : length] = 0;
  return path;
}

static void note_write(int file, const void *data, ssize_t written, off_t offset) {
  char path[4096];
  if (journal < 0 || written <= 0 || file == journal) return;
  if (offset < 0) offset = lseek(file, 0, SEEK_CUR) - written;
  note('W', path_of(file, path), offset, data, written);
}

ssize_t write(int file, const void *data, size_t size) {
  char path[4096];
  if (control && fails(path_of(file, path), 0)) return -1;
  ssize_t written = REAL(write)(file, data, size);
  note_write(file, data, written, -1);
  return written;
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset) {
  char path[4096];
  if (control && fails(path_of(file, path), 0)) return -1;
  ssize_t written = REAL(pwrite64)(file, data, size, offset);
  note_write(file, data, written, offset);
  return written;
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset) { return pwrite64(file, data, size, offset); }

int ftruncate64(int file, off64_t length) {
  char path[4096];
  if (fails(path_of(file, path), 0)) return -1;
  int result = REAL(ftruncate64)(file, length);
  if (result == 0) note('T', path, length, "", 0);
  return result;
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

static int synced(int file, int (*sync)(int), char kind) {
  static int64_t count;
  char path[4096];
  path_of(file, path);
  int64_t id = ((int64_t)getpid() << 32) + __sync_fetch_and_add(&count, 1);
  if (sync_delay && strncmp(path, files, strlen(files)) == 0) usleep(sync_delay);
  note(kind, path, id, "", 0);
  int result = fails(path, 1) ? -1 : sync(file);
  int error = errno;
  note(result == 0 ? 'E' : 'X', path, id, "", 0);
  errno = error;
  return result;
}

int fsync(int file) { return synced(file, REAL(fsync), 'F'); }
int fdatasync(int file) { return synced(file, REAL(fdatasync), 'D'); }

static int opened(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  int isNew = (flags & O_CREAT) && access(path, F_OK) != 0;
  if (isNew && fails(path, 0)) return -1;
  int file = real(path, flags, mode);
  if (file >= 0 && isNew) note('C', path, 0, "", 0);
  return file;
}

#define OPEN(name)                                     \
  int name(const char *path, int flags, ...) {         \
    va_list rest;                                      \
    va_start(rest, flags);                             \
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                      \
    return opened(REAL(name), path, flags, mode);      \
  }
OPEN(open)
OPEN(open64)

int unlink(const char *path) {
  if (fails(path, 0)) return -1;
  int result = REAL(unlink)(path);
  if (result == 0) note('U', path, 0, "", 0);
  return result;
}

int mkdir(const char *path, mode_t mode) {
  if (fails(path, 0)) return -1;
  int result = REAL(mkdir)(path, mode);
  if (result == 0) note('M', path, 0, "", 0);
  return result;
}

int rename(const char *from, const char *to) {
  if (fails(from, 0)) return -1;
  int result = REAL(rename)(from, to);
  if (result == 0) note('R', from, 0, to, strlen(to));
  return result;
}

int statfs64(const char *path, struct statfs64 *buffer) {
  int result = REAL(statfs64)(path, buffer);
  if (file_system) buffer->f_type = file_system;
  return result;
}

int statfs(const char *path, struct statfs *buffer) { return statfs64(path, (struct statfs64 *)buffer); }

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = REAL(clock_gettime)(clock, now);
  if (control && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += control->clock_offset / 1000;
  return result;
}

int gettimeofday(struct timeval *now, void *zone) {
  int result = REAL(gettimeofday)(now, zone);
  if (control) now->tv_sec += control->clock_offset / 1000;
  return result;
}
