/** Asks the browser, not the page, what the page shows now. A page can't detect either question. */

import type { ProtocolSession } from './durable-bodies.ts'

interface Snapshot {
  readonly documents: readonly {
    readonly contentWidth: number
    readonly contentHeight: number
    readonly nodes: { readonly parentIndex: readonly number[] }
    readonly layout: {
      readonly nodeIndex: readonly number[]
      /** Of each node that is laid out: its box, its text, and the styles that were asked for, as indexes of `strings`. */
      readonly bounds: readonly (readonly [left: number, top: number, width: number, height: number])[]
      readonly text: readonly number[]
      readonly styles: readonly (readonly number[])[]
    }
  }[]
  readonly strings: readonly string[]
}

/**
 * The text that the page renders, without what style sheets hide, make invisible or move out of the page.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/DOMSnapshot/#method-captureSnapshot
 */
export async function renderedText(session: ProtocolSession): Promise<string> {
  const computedStyles = ['visibility', 'opacity', 'overflow-y']
  const { documents, strings }: Snapshot = await session.send('DOMSnapshot.captureSnapshot', { computedStyles })
  return documents
    .flatMap(({ contentWidth, contentHeight, nodes, layout: { nodeIndex, bounds, text, styles } }) => {
      const style = (i: number, which: number) => strings[styles[i]?.[which] ?? -1]
      /** Of one pixel, it is for screen readers. */
      const isEmpty = (i: number) => Math.min(bounds[i]?.[2] ?? 0, bounds[i]?.[3] ?? 0) <= 1
      const isAway = (i: number) => {
        const [left = 0, top = 0, width = 0, height = 0] = bounds[i] ?? []
        return left + width <= 0 || top + height <= 0 || left >= contentWidth || top >= contentHeight
      }
      const hidesAll = (i: number) => style(i, 1) === '0' || (isEmpty(i) && style(i, 2) !== 'visible')
      const hiding = new Set(nodeIndex.filter((_, i) => hidesAll(i)))
      const isHidden = (node = -1): boolean => node >= 0 && (hiding.has(node) || isHidden(nodes.parentIndex[node]))
      return text.map((index, i) =>
        style(i, 0) === 'visible' && !isEmpty(i) && !isAway(i) && !isHidden(nodeIndex[i]) ? (strings[index] ?? '') : '',
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
