/** Asks the browser, not the page, what the page shows now. A page can't detect either question. */

import type { ProtocolSession } from './durable-bodies.ts'

interface Snapshot {
  readonly documents: readonly {
    readonly nodes: { readonly parentIndex: readonly number[] }
    readonly layout: {
      readonly nodeIndex: readonly number[]
      /** Of each node that is laid out: its text, and the styles that were asked for. As indexes of `strings`. */
      readonly text: readonly number[]
      readonly styles: readonly (readonly number[])[]
    }
  }[]
  readonly strings: readonly string[]
}

/**
 * The text that the page renders, without what style sheets hide.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/DOMSnapshot/#method-captureSnapshot
 */
export async function renderedText(session: ProtocolSession): Promise<string> {
  const computedStyles = ['visibility', 'opacity']
  const { documents, strings }: Snapshot = await session.send('DOMSnapshot.captureSnapshot', { computedStyles })
  return documents
    .flatMap(({ nodes, layout }) => {
      const styles = layout.styles.map((indexes) => indexes.map((index) => strings[index]))
      const clear = new Set(layout.nodeIndex.filter((_, i) => styles[i]?.[1] === '0'))
      const isClear = (node: number | undefined): boolean =>
        node !== undefined && node >= 0 && (clear.has(node) || isClear(nodes.parentIndex[node]))
      return layout.text.map((text, i) =>
        styles[i]?.[0] === 'visible' && !isClear(layout.nodeIndex[i]) ? (strings[text] ?? '') : '',
      )
    })
    .join('')
}

/**
 * The HTML of the page, as its scripts have left it.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/DOM/#method-getOuterHTML
 */
export async function shownHtml(session: ProtocolSession): Promise<string> {
  try {
    const { root } = await session.send('DOM.getDocument', { depth: 0 })
    return (await session.send('DOM.getOuterHTML', { nodeId: root.nodeId })).outerHTML
  } finally {
    session.send('DOM.disable').catch(() => {})
  }
}
