// Every refusal of the server is a problem (RFC 9457); everything else that can go wrong becomes one.

export type ProblemField = { name: string; code: string; detail: string };

/** What the server (or the way to it) refused, with a stable code and a sentence for people. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fields: ProblemField[];

  constructor(status: number, code: string, detail: string, fields: ProblemField[] = []) {
    super(detail || code);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.fields = fields;
  }

  /** The problem of an answer that is not ok; a body that is no problem+json still gives one. */
  static async of(response: Response): Promise<Problem> {
    const type = response.headers.get('content-type') ?? '';
    if (type.includes('json')) {
      const body: unknown = await response.json().catch(() => null);
      if (isRecord(body)) {
        const fields = Array.isArray(body.fields) ? body.fields.filter(isRecord).map(field) : [];
        const detail = text(body.detail) || text(body.title);
        return new Problem(response.status, text(body.code) || byStatus(response), detail, fields);
      }
    }
    return new Problem(response.status, byStatus(response), '');
  }

  /** Anything thrown as a problem: a lost connection is `network`. */
  static from(thrown: unknown): Problem {
    if (thrown instanceof Problem) return thrown;
    if (thrown instanceof TypeError) return new Problem(0, 'network', '');
    return new Problem(0, 'unexpected', '');
  }

  /** Whether trying the same again later can help. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function byStatus(response: Response): string {
  if (response.status >= 500) return response.status === 503 ? 'unavailable' : 'bug';
  switch (response.status) {
    case 401:
      return 'unauthenticated';
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 409:
      return 'conflict';
    case 413:
      return 'too_large';
    case 429:
      return 'too_many';
    default:
      return 'invalid';
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function field(value: Record<string, unknown>): ProblemField {
  return { name: text(value.name), code: text(value.code), detail: text(value.detail) };
}
