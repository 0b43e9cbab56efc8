/** A request that is answered with an error status; the message stands in `errorMessages`. */
export class Refusal extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}
