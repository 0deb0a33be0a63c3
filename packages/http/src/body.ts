/** The text of a request body passed to `fetch`. */
import { largestBody } from '@regotcha-feedback/core/adapter'

/** A body that is available at once. A stream is not one, because it can be read only once. */
export function textNow(body: unknown): string | undefined {
  if (typeof body === 'string') return body
  if (body instanceof URLSearchParams) return String(body)
  if (isForm(body)) return multipart(body)
  if (ArrayBuffer.isView(body)) return bounded(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  if (body instanceof ArrayBuffer) return bounded(Buffer.from(body))
  return undefined
}

const bounded = (bytes: Buffer) => (bytes.length > largestBody ? undefined : bytes.toString())

/** Another copy of undici has another class. */
const isForm = (body: unknown): body is FormData => Object.prototype.toString.call(body) === '[object FormData]'

/** The fields as they will be sent. Files are left out, because they contain no token. */
function multipart(form: FormData): string {
  const parts = [...form].flatMap(([name, value]) =>
    typeof value === 'string' ? [`--form\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`] : [],
  )
  return `${parts.join('')}--form--`
}
