/** The text of bodies: of those that can be looked into, and no more of it than a watch may hold. */
import { decoded } from '@regotcha-feedback/core'

/** In bytes. */
export const largestBody = 8 * 1024 * 1024

/** What a `Request` and a `Response` have in common. */
export interface Message {
  readonly body: unknown
  readonly headers: { get(name: string): string | null }
  clone(): { readonly body: unknown }
}

/**
 * Reads a copy of the body, which is made at once; never the user's own. Cancels the copy when it is larger than
 * {@link largestBody}, or on `signal`: while one branch of a stream is open, cancelling the other waits.
 */
export async function textOf(message: Message, signal: AbortSignal): Promise<string> {
  // A stream of Node's, as node-fetch has it, would stop where nobody reads the copy.
  if (!(message.body instanceof ReadableStream || message.body === null)) throw new TypeError('not a web stream')
  const { body } = message.clone() as { readonly body: ReadableStream<Uint8Array> | null }
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
      signal.throwIfAborted() // cancelling looks like the end
      if (done) return decoded(Buffer.concat(chunks), message.headers.get('content-type') ?? '')
      size += value.length
      if (size > largestBody) throw new RangeError(`the body is larger than ${largestBody} bytes`)
      chunks.push(value)
    }
  } catch (error) {
    cancel()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** A body that `fetch` takes, where it is there at once. A stream can't be looked into: it could be read only once. */
export function textNow(body: unknown): string | undefined {
  if (typeof body === 'string') return body
  if (body instanceof URLSearchParams) return String(body)
  if (isForm(body)) return multipart(body)
  if (ArrayBuffer.isView(body)) return bounded(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  if (body instanceof ArrayBuffer) return bounded(Buffer.from(body))
  return undefined
}

const bounded = (bytes: Buffer) => (bytes.length > largestBody ? undefined : bytes.toString())

/** That of another undici is of another class. */
const isForm = (body: unknown): body is FormData => Object.prototype.toString.call(body) === '[object FormData]'

/** The fields as they are about to be sent. Files have no token in them. */
function multipart(form: FormData): string {
  const parts = [...form].flatMap(([name, value]) =>
    typeof value === 'string' ? [`--form\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`] : [],
  )
  return `${parts.join('')}--form--`
}
