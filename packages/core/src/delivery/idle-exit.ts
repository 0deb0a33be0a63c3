import type { Clock } from '../clock.ts'

/** How long our requests alone may keep a process alive, in ms. */
const patience = 2000
const interval = 250

/** What a process with nothing to do but our requests may have open: their connections, its own streams, our file. */
const inconspicuous = new Set([
  'TCPSocketWrap',
  'TCPConnectWrap',
  'GetAddrInfoReqWrap',
  'PipeWrap',
  'TTYWrap',
  'FSReqCallback',
  'FSReqPromise',
])

/**
 * Notices a process that has come to its end but for our requests: a pending `fetch` keeps it alive, and Node tells
 * nobody that it alone does. Gives up once: a process that lives on had other things to do, and is asked no more.
 */
export function createIdleExit({
  clock,
  requests,
  giveUp,
}: {
  readonly clock: Clock
  /** How many of our requests are open. */
  readonly requests: () => number
  readonly giveUp: () => void
}) {
  let cancel: (() => void) | undefined
  let looksAlone = 0

  function look(): void {
    cancel = undefined
    looksAlone = isAlone(requests()) ? looksAlone + 1 : 0
    if (looksAlone * interval >= patience) giveUp()
    else watch()
  }

  /** Goes on for as long as requests are open. */
  function watch(): void {
    if (requests() > 0 && looksAlone * interval < patience) cancel ??= clock.after(interval, look)
  }

  return { watch, stop: () => cancel?.() }
}

function isAlone(requests: number): boolean {
  const resources = process.getActiveResourcesInfo?.() ?? ['unknown']
  const connections = resources.filter((kind) => kind === 'TCPSocketWrap').length
  return connections <= requests && resources.every((kind) => inconspicuous.has(kind))
}
