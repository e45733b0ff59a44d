/** What can go wrong with an answer. Anything else that a check throws is the lab's own `error`. */

export type FaultStatus = "failed" | "timeout" | "crashed";

export interface FaultDetail {
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  /** One likely cause, for the student. */
  readonly cause?: string | undefined;
  /** The key it is about, and the command that shows what is there. */
  readonly key?: { readonly name: string; readonly look: string };
}

/** The student's: a requirement that does not hold, a time that ran out, a program that ended. */
export class AnswerFault extends Error {
  override readonly name = "AnswerFault";
  readonly status: FaultStatus;
  readonly detail: FaultDetail;

  constructor(status: FaultStatus, message: string, detail: FaultDetail = {}) {
    super(message);
    this.status = status;
    this.detail = detail;
  }
}
