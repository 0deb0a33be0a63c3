/** A test's scripts for the next requests or tasks, used in the order in which they were added. */
export function createUpcoming<T>() {
  const queue: { readonly item: T; times: number }[] = []

  return {
    /** Returns a function that removes the rest of the script. */
    add(item: T, times: number): () => void {
      const entry = { item, times }
      queue.push(entry)
      return () => {
        entry.times = 0
      }
    },

    take(): T | undefined {
      while (queue[0] && queue[0].times <= 0) queue.shift()
      const [next] = queue
      if (next) next.times -= 1
      return next?.item
    },
  }
}
