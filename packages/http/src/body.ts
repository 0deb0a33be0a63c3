/** The text of bodies: of those that can be looked into, and no more of it than a watch may hold. */
import { decoded } from '@regotcha-feedback/core'

/** In bytes. */
export const largestBody = 8 * 1024 * 1024

export interface BodyLike {
  readonly body: unknown
  readonly headers: { get(name: string): string | null }
}

/**
 * Reads a copy, never the user's own. Cancels it when it is larger than {@link largestBody}, or on `signal`: as long as
 * one branch of a stream is open, cancelling the other waits.
 */
export async function textOf({ body, headers }: BodyLike, signal: AbortSignal): Promise<string> {
  if (body === null) return ''
  if (!(body instanceof ReadableStream)) throw new TypeError(`expected a body that is a ReadableStream`)
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader()
  const cancel = () => void reader.cancel().catch(() => {})
  signal.addEventListener('abort', cancel)
  try {
    signal.throwIfAborted()
    const chunks: Uint8Array[] = []
    let size = 0
    for (;;) {
      const { done, value } = await reader.read()
      signal.throwIfAborted() // cancelling looks like the end
      if (done) return decoded(Buffer.concat(chunks), headers.get('content-type') ?? '')
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
  if (body instanceof FormData) return multipart(body)
  if (ArrayBuffer.isView(body)) return bounded(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  if (body instanceof ArrayBuffer) return bounded(Buffer.from(body))
  return undefined
}

const bounded = (bytes: Buffer) => (bytes.length > largestBody ? undefined : bytes.toString())

/** The fields as they are about to be sent. Files have no token in them. */
function multipart(form: FormData): string {
  const parts = [...form].flatMap(([name, value]) =>
    typeof value === 'string' ? [`--form\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`] : [],
  )
  return `${parts.join('')}--form--`
}
