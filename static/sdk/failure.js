// What a refused request is rejected with: the hub's error code, whether to try again, and when.

export class Failure extends Error {
  /**
   * @param {string} code a code of errors.js, or one of ours: `disconnected`, `timeout`, `network`
   * @param {{retry?: boolean, retryAfter?: number, message?: string, status?: number}} [more] retryAfter in seconds
   */
  constructor(code, { retry = true, retryAfter, message, status } = {}) {
    super(message || code);
    this.code = code;
    this.retry = retry;
    this.retryAfter = retryAfter;
    this.status = status;
  }
}

/** From an `error` frame, or from an HTTP problem: they name things alike. @param {any} it */
export const failure = (it) =>
  new Failure(it.code ?? "internal", {
    retry: it.retry ?? true,
    retryAfter: it.retry_after,
    message: it.detail || it.message || it.title,
    status: it.status,
  });
