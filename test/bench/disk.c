/* Preloaded into a process, this counts what it asks the disk to keep, and makes each wait as on a slow disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned long *count;
static useconds_t delay;

__attribute__((constructor)) static void begin(void) {
  int file = open(getenv("DISK_COUNT"), O_RDWR);
  delay = atoi(getenv("DISK_DELAY"));
  count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
}

static int keep(const char *name, int file) {
  int (*keep)(int) = dlsym(RTLD_NEXT, name);
  __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
  usleep(delay);
  return keep(file);
}

int fsync(int file) { return keep("fsync", file); }
int fdatasync(int file) { return keep("fdatasync", file); }
