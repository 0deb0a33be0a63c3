import { expect, test } from 'vitest'
import { renderedText, shownHtml } from './shown-page.ts'

/** A page of one box with one text, each with its `[left, top, width, height]`, in a window of 800 by 600 pixels. */
function shown(parts: {
  readonly visibility?: string
  readonly opacity?: string
  readonly overflow?: string
  readonly box?: readonly number[]
  readonly text?: readonly number[]
}): Promise<string> {
  const { visibility = 'visible', opacity = '1', overflow = 'visible' } = parts
  const { box = [0, 0, 800, 20], text = box } = parts
  const strings = ['', 'Wrong captcha', 'visible', '1', visibility, opacity, overflow]
  const document = {
    contentWidth: 800,
    contentHeight: 600,
    nodes: { parentIndex: [-1, 0] },
    layout: {
      nodeIndex: [0, 1],
      bounds: [box, text],
      text: [0, 1],
      styles: [
        [4, 5, 6],
        [4, 3, 2],
      ],
    },
  }
  return renderedText({ send: async () => ({ documents: [document], strings }) })
}

test('what the page renders is shown, also beyond the window', async () => {
  expect(await shown({})).toBe('Wrong captcha')
  expect(await shown({ overflow: 'hidden' })).toBe('Wrong captcha')
  expect(await shown({ box: [0, 580, 800, 40] })).toBe('Wrong captcha')
})

test.each([
  ['invisible', { visibility: 'hidden' }],
  ['transparent', { opacity: '0' }],
  ['folded', { overflow: 'hidden', box: [0, 0, 800, 0], text: [0, 0, 90, 16] }],
  ['for screen readers', { overflow: 'hidden', box: [0, 0, 1, 1], text: [0, 0, 90, 16] }],
  ['scaled to nothing', { box: [400, 300, 0, 0] }],
  ['below the page', { box: [0, 600, 800, 90] }],
  ['above the page', { box: [0, -90, 800, 90] }],
  ['beside the page', { box: [-9999, 0, 800, 20] }],
])('what is %s is not', async (_, parts) => {
  expect(await shown(parts)).toBe('')
})

test('the HTML is asked for, and the browser tells of no changes to it', async () => {
  const asked: string[] = []
  const send = async (method: string) => {
    asked.push(method)
    return { root: { nodeId: 1 }, outerHTML: '<html></html>' }
  }
  expect(await shownHtml({ send })).toBe('<html></html>')
  expect(asked).toEqual(['DOM.getDocument', 'DOM.getOuterHTML', 'DOM.disable'])
})
