/** Thrown to answer with an error status. The message goes into `errorMessages`. */
export class Refusal extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}
