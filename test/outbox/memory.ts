import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/** Where syncs are free. The journal of `faulty-libc.c` shows what a power cut leaves. */
export const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
