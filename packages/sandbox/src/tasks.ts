/** The solved captchas: the API looks them up by task, the sites by token. */
import { randomBytes } from 'node:crypto'

export interface Task {
  readonly taskId: string
  readonly token: string
  /** Whether the sites accept the token. */
  readonly valid: boolean
  readonly clientKey: string
  readonly completedAt: number
}

export type Tasks = ReturnType<typeof createTasks>

export function createTasks() {
  const byId = new Map<string, Task>()
  const unspent = new Map<string, Task>()
  return {
    issue(task: Omit<Task, 'taskId'> & Partial<Task>): Task {
      const issued = { taskId: newTaskId(), ...task }
      byId.set(issued.taskId, issued)
      unspent.set(issued.token, issued)
      return issued
    },

    /** Another key's task counts as unknown. */
    find(taskId: string, clientKey: string): Task | undefined {
      const task = byId.get(taskId)
      return task?.clientKey === clientKey ? task : undefined
    },

    /** Whether the token is good. As with reCAPTCHA a token can be verified once: the second time it is bad. */
    verify(token: string): boolean {
      const task = unspent.get(token)
      unspent.delete(token)
      return task?.valid ?? false
    },
  }
}

export const newTaskId = () => `task_${randomBytes(6).toString('hex')}`

/** Looks like reCAPTCHA's: 539 characters of URL-safe base64. */
export const newToken = () => `03A${randomBytes(402).toString('base64url')}`
