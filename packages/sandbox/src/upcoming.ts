/** What a test has scripted for the next few requests or tasks, used up in the order in which it was added. */
export function createUpcoming<T>() {
  const queue: { readonly item: T; times: number }[] = []

  return {
    /** Returns how to remove what is left of it. */
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
