/**
 * A program that sends events with one SDK or another, and leaves in one way or another. It runs in a process of its own,
 * after `test/bench/peers.ts` installed the SDKs; nothing else imports it.
 */
import { setTimeout } from 'node:timers/promises'
import type { Assignment } from '../bench/peers.ts'

/** What we need of an SDK: an event, and the way it says one should leave. */
interface SDK {
  capture(id: string): void
  close(): Promise<unknown>
}

/** All with default options, but for where the server is and what key it takes. */
const sdks: Record<string, (url: string) => Promise<SDK>> = {
  async sentry(url) {
    const { captureMessage, close, init } = await import('@sentry/node')
    init({ dsn: url.replace('//', '//key@').concat('/1') })
    return { capture: captureMessage, close: () => close() }
  },
  async segment(host) {
    const { Analytics } = await import('@segment/analytics-node')
    const analytics = new Analytics({ writeKey: 'key', host })
    analytics.on('error', () => {}) // else one that fails ends the process
    return {
      capture: (event) => analytics.track({ userId: 'user', event }),
      close: () => analytics.closeAndFlush(),
    }
  },
  async posthog(host) {
    const { PostHog } = await import('posthog-node')
    const client = new PostHog('key', { host })
    return {
      capture: (event) => client.capture({ distinctId: 'user', event }),
      close: () => client.shutdown(),
    }
  },
  async opentelemetry(url) {
    const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base')
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
    const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` })
    const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
    const tracer = provider.getTracer('sender')
    return {
      capture: (name) => tracer.startSpan(name).end(),
      close: () => provider.shutdown(),
    }
  },
  ours: (baseURL) => ourselves({ baseURL }),
  oursUnpaced: (baseURL) => ourselves({ baseURL, pace: { perMinute: 600_000, burst: 10_000 } }),
}

async function ourselves(options: { baseURL: string; pace?: { perMinute: number; burst: number } }): Promise<SDK> {
  const { createRegotchaFeedback } = await import('../../packages/core/src/index.ts')
  const { systemClock } = await import('../../packages/core/src/clock.ts')
  const now = () => Date.now() + ahead
  const feedback = createRegotchaFeedback({ ...options, clientKey: 'key', clock: { ...systemClock, now } })
  return {
    capture: (id) => void feedback.report(id, true),
    close: async () => process.send?.({ kept: (await feedback.close()).pending }),
  }
}

const { name, url, ids, wait, leave, ahead }: Assignment = JSON.parse(process.argv[2] ?? '')
const sdk = await sdks[name]?.(url)
if (!sdk) throw new Error(`expected one of ${Object.keys(sdks).join(', ')}, got ${name}`)
for (const id of ids) sdk.capture(id)
if (leave === 'exit') process.exit()
process.send?.('captured')
if (leave === 'close') {
  await setTimeout(wait)
  await sdk.close().catch(() => {}) // what it throws is no news here: the server counts
  process.exit()
}
