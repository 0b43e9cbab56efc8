/** One of several things to choose from. */
interface Choice<T> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

/** What every question has. */
interface Question {
  readonly message: string;
  /** What is wrong with a text; undefined if it is fine. */
  readonly complaint?: (text: string) => string | undefined;
}

/** Asks a person. Every member throws `Cancelled` if the person cancels. */
export interface Asker {
  text(question: Question & { readonly initial?: string; readonly example?: string }): Promise<string>;
  /** The text is not shown. */
  secret(question: Question): Promise<string>;
  choose<T>(question: { readonly message: string; readonly choices: ReadonlyArray<Choice<T>> }): Promise<T>;
  /** @param chosen those that are marked at first */
  chooseSome(question: {
    readonly message: string;
    readonly choices: ReadonlyArray<Choice<string>>;
    readonly chosen: readonly string[];
  }): Promise<string[]>;
  confirm(question: { readonly message: string; readonly initial: boolean }): Promise<boolean>;
  /** Shows that something takes a while. */
  during<T>(message: string, work: () => Promise<T>): Promise<T>;
}

/** The person does not want to go on. */
export class Cancelled extends Error {}
