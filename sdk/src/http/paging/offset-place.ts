/** How often it may go back for rows that may have moved. */
const MOST_BACKS = 100;

/**
 * Where the next page of a list begins. If a list shrinks while it is read, rows move up and those at the page
 * boundary would be skipped. So each page starts some rows before the end of the last one. If its first row is not
 * known, more rows than the overlap have gone, and it goes back until it finds known rows.
 */
export class OffsetPlace {
  offset = 0;
  /** Where the last page ended. */
  reached = 0;
  readonly #overlap: number;
  /** Everything before this was just read without a gap, so a filtered page up to here needs no known row. */
  #trusted = -1;
  /** Where it turned back. */
  #doubted = -1;
  #backs = 0;
  #backsInARow = 0;

  constructor(overlap: number) {
    this.#overlap = overlap;
  }

  /** Whether rows have disappeared before this page, given whether its first row is known. */
  hasGap(isKnown: boolean): boolean {
    return this.offset > 0 && this.offset < this.reached && this.offset > this.#trusted && !isKnown;
  }

  /** @returns false if it has gone back too often */
  back(size: number): boolean {
    this.#doubted = Math.max(this.#doubted, this.offset);
    this.offset = Math.max(0, this.offset - size * 2 ** this.#backsInARow++);
    return ++this.#backs <= MOST_BACKS;
  }

  /**
   * Records a page without a gap before it. @param isFilled whether only the vendor's filter can have made a gap
   */
  came(isFilled: boolean): void {
    if (this.#backsInARow === 0) return;
    // Nothing new at the place where it turned back: there was no gap, and the vendor's filter had removed the
    // known rows.
    if (isFilled) this.#trusted = this.#doubted;
    this.#backsInARow = 0;
    this.#doubted = -1;
  }

  /** Moves to the next page, which overlaps this one; `ahead` is the number of places. */
  on(ahead: number): void {
    this.reached = this.offset + ahead;
    this.offset = this.reached - Math.min(this.#overlap, ahead - 1);
  }

  /** Moves past this page and all earlier ones. */
  beyond(ahead: number): void {
    this.reached = Math.max(this.reached, this.offset + ahead);
    this.offset = this.reached;
  }
}
