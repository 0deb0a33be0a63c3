import { decoded } from '../page/charset.ts'
import { EvidenceError } from '../predicates/evidence.ts'

/** The largest body that is read or kept, in bytes. */
export const largestBody = 8 * 1024 * 1024

/** What a `Request` and a `Response` have in common. */
export interface Message {
  readonly body: unknown
  readonly headers: { get(name: string): string | null }
  clone(): { readonly body: unknown }
}

/**
 * Reads a copy of the body, which is made at once. The user's own body stays unread. The copy is cancelled if it is
 * larger than {@link largestBody}, and on `signal`: until then, cancelling the original would wait for the copy.
 */
export async function copiedText(message: Message, signal: AbortSignal): Promise<string> {
  // A Node stream, as in node-fetch, stalls on one branch while nobody reads the other.
  if (!(message.body instanceof ReadableStream || message.body === null))
    throw new EvidenceError('lost', 'the body is no web stream, which could be copied: only you can read it')
  if (Number(message.headers.get('content-length')) > largestBody) throw tooLarge()
  const body = copyOf(message)
  if (!body) return ''
  const reader = body.getReader()
  const cancel = () => void reader.cancel().catch(() => {})
  signal.addEventListener('abort', cancel)
  try {
    signal.throwIfAborted()
    const chunks: Uint8Array[] = []
    let size = 0
    for (;;) {
      const { done, value } = await reader.read()
      signal.throwIfAborted() // a cancelled stream looks finished
      if (done) return decoded(Buffer.concat(chunks), message.headers.get('content-type') ?? '')
      size += value.length
      if (size > largestBody) throw tooLarge()
      chunks.push(value)
    }
  } catch (error) {
    cancel()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function copyOf(message: Message): ReadableStream<Uint8Array> | null {
  try {
    return message.clone().body as ReadableStream<Uint8Array> | null
  } catch (cause) {
    throw new EvidenceError('lost', 'the body was read before a predicate could: judge a response before you read it', {
      cause,
    })
  }
}

export const tooLarge = () => new EvidenceError('lost', `the body is larger than ${largestBody} bytes`)
