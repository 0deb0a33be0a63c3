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
 * The text that the page renders now, without what style sheets hide. The browser is asked, not the page, which can't
 * detect it.
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
