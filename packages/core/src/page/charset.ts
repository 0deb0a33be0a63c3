/** How the words of a page are in its bytes. */

/**
 * A body as text. A Chromium that keeps bodies hands out those that are not UTF-8 as they came, and decodes others and
 * those of a browser that keeps none.
 */
export function decoded(bytes: Uint8Array, contentType = ''): string {
  return decodedAs('utf-8', bytes) ?? decodedAs(charsetOf(bytes, contentType), bytes) ?? Buffer.from(bytes).toString()
}

/** Whether a response's header says that it is text in another charset than UTF-8. */
export function isDeclaredOther(contentType = ''): boolean {
  const charset = declaredIn(contentType)
  return charset !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(charset)
}

/** As browsers find it: by the header, else by the page itself; else what most old pages have. */
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
