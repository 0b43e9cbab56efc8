/** So often it goes back for what may have moved. */
const MOST_BACKS = 100;

/**
 * Where the next page of a list begins. A list that shrinks while it is read moves up, and what stands at the boundary
 * would be skipped: so each page begins some rows before the end of the last one. If its first row is not known, more
 * than the overlap has gone, and it goes back until the rows are known again.
 */
export class OffsetPlace {
  offset = 0;
  /** Where the last page ended. */
  reached = 0;
  readonly #overlap: number;
  /** What stands before this was read without a gap just now: a filtered page up to here needs no known row. */
  #trusted = -1;
  /** Where it turned back. */
  #doubted = -1;
  #backs = 0;
  #backsInARow = 0;

  constructor(overlap: number) {
    this.#overlap = overlap;
  }

  /** Whether rows have gone from before this page, whose first row is known or not. */
  hasGap(isKnown: boolean): boolean {
    return this.offset > 0 && this.offset < this.reached && this.offset > this.#trusted && !isKnown;
  }

  /** @returns false if it has gone back too often */
  back(size: number): boolean {
    this.#doubted = Math.max(this.#doubted, this.offset);
    this.offset = Math.max(0, this.offset - size * 2 ** this.#backsInARow++);
    return ++this.#backs <= MOST_BACKS;
  }

  /** A page without a gap before it came. @param isFilled whether only the vendor's filter can have made a gap */
  came(isFilled: boolean): void {
    if (this.#backsInARow === 0) return;
    // Nothing new where it turned back to: there was no gap, the vendor's filter took the rows it knew.
    if (isFilled) this.#trusted = this.#doubted;
    this.#backsInARow = 0;
    this.#doubted = -1;
  }

  /** To the next page, which overlaps this one of so many places. */
  on(ahead: number): void {
    this.reached = this.offset + ahead;
    this.offset = this.reached - Math.min(this.#overlap, ahead - 1);
  }

  /** Behind this page and all that came before it. */
  beyond(ahead: number): void {
    this.reached = Math.max(this.reached, this.offset + ahead);
    this.offset = this.reached;
  }
}
