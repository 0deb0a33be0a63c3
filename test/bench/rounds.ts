/** Paired measurement: variants take turns, and each is compared with another of the same round. */

/** Runs each variant once a round, in rotating order; the first rounds only warm up. */
export async function alternate<Variant extends string, Sample>(
  rounds: number,
  variants: Record<Variant, () => Promise<Sample>>,
): Promise<Record<Variant, Sample[]>> {
  const names = Object.keys(variants) as Variant[]
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Variant, Sample[]>
  for (let round = 0; round < warmUp + rounds; round++) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const sample = await variants[name]()
      if (round >= warmUp) samples[name].push(sample)
    }
  }
  return samples
}

const warmUp = 3

export interface Comparison {
  readonly value: number
  /** The median of what is compared with. */
  readonly base: number
  /** The median of the rounds' ratios. */
  readonly ratio: number
  /** Where the middle half of the ratios lies. */
  readonly quartiles: readonly [number, number]
  /** Where the median lies with 95 % confidence: what the rounds can tell. */
  readonly interval: readonly [number, number]
}

export function compare(ours: readonly number[], base: readonly number[]): Comparison {
  const ratios = ours.map((value, round) => value / (base[round] ?? Number.NaN))
  const reach = 0.98 / Math.sqrt(ratios.length) // the ranks of the median, by the binomial distribution
  return {
    value: quantile(ours, 0.5),
    base: quantile(base, 0.5),
    ratio: quantile(ratios, 0.5),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    interval: [quantile(ratios, 0.5 - reach), quantile(ratios, 0.5 + reach)],
  }
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = Math.max(0, Math.min(1, share)) * (sorted.length - 1)
  const [low = Number.NaN, high = low] = sorted.slice(Math.floor(place))
  return low + (high - low) * (place % 1)
}
