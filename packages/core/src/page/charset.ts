/** Decodes a body as UTF-8 if it is valid, else by its charset. Chromium converts to UTF-8 what it does not keep. */
export function decoded(bytes: Uint8Array, contentType = ''): string {
  return decodedAs('utf-8', bytes) ?? decodedAs(charsetOf(bytes, contentType), bytes) ?? Buffer.from(bytes).toString()
}

/** Whether a `content-type` header names a charset other than UTF-8. */
export function isDeclaredOther(contentType = ''): boolean {
  const charset = declaredIn(contentType)
  return charset !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(charset)
}

/** As browsers determine it: by the header, else by the page's `<meta>`, else latin1, which most old pages use. */
function charsetOf(bytes: Uint8Array, contentType: string): string {
  const start = Buffer.from(bytes.subarray(0, 1024)).toString('latin1')
  return declaredIn(contentType) ?? /<meta[^>]+charset=["']?([\w-]+)/i.exec(start)?.[1] ?? 'latin1'
}

const declaredIn = (contentType: string) => /charset=["']?([\w-]+)/i.exec(contentType)?.[1]

function decodedAs(charset: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
