/** Who issues tokens and verifies them, and so knows the truth of each. */

export type Truth =
  /** The site had it verified, and took it. */
  | 'accepted'
  /** The site had it verified, and refused it. */
  | 'refused'
  /** No site ever had it verified. */
  | 'unverified'

export interface Token {
  readonly text: string
  readonly isGood: boolean
  truth: Truth
  /** When a page showed the outcome so that a person could tell, in ms. */
  shownAt?: number
}

const long = 'Qz9_-xR4'.repeat(30)

/** Texts that look like a vendor's, like anything, and like the answer to an image. */
const texts: Readonly<Record<TokenShape, (n: number) => string>> = {
  vendor: (n) => `03AFcWeA${n}${long}`,
  opaque: (n) => `solved-${n}-b7Kq0Zx2Lm81`,
  short: (n) => `x${n}k4`,
}

export type TokenShape = 'vendor' | 'opaque' | 'short'

export function createVendor(shape: TokenShape, log: (line: string) => void) {
  const tokens: Token[] = []
  const spent = new Set<Token>()
  return {
    tokens: tokens as readonly Token[],
    issue(isGood: boolean): Token {
      const token: Token = { text: texts[shape](tokens.length + 1), isGood, truth: 'unverified' }
      tokens.push(token)
      return token
    },
    /** A good token is good once; later it is refused, which says nothing of what it was. */
    verify(token: Token): boolean {
      const isTaken = token.isGood && !spent.has(token)
      spent.add(token)
      if (token.truth === 'unverified') token.truth = isTaken ? 'accepted' : 'refused'
      log(`site: verifies token ${tokens.indexOf(token) + 1}: ${isTaken ? 'good' : 'not good'}`)
      return isTaken
    },
  }
}

export type Vendor = ReturnType<typeof createVendor>
