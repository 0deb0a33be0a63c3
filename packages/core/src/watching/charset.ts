/** How the words of a page are in its bytes. */

/**
 * A body as text. A Chromium that keeps bodies hands out those that are not UTF-8 as they came, and decodes others and
 * those of a browser that keeps none.
 */
export function decoded(bytes: Uint8Array, contentType = ''): string {
  return decodedAs('utf-8', bytes) ?? decodedAs(charsetOf(bytes, contentType), bytes) ?? Buffer.from(bytes).toString()
}

/** As browsers find it: by the header, else by the page itself; else what most old pages have. */
function charsetOf(bytes: Uint8Array, contentType: string): string {
  const start = Buffer.from(bytes.subarray(0, 1024)).toString('latin1')
  return (/charset=["']?([\w-]+)/i.exec(contentType) ?? /<meta[^>]+charset=["']?([\w-]+)/i.exec(start))?.[1] ?? 'latin1'
}

function decodedAs(charset: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
