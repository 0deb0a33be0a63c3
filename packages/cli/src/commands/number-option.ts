import { InvalidArgumentError } from 'commander'

/** Parses an option that must be a number greater than 0. */
export function positive(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0)) throw new InvalidArgumentError('Expected a number greater than 0.')
  return value
}

export function wholeNumber(text: string): number {
  const value = positive(text)
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('Expected a whole number greater than 0.')
  return value
}
