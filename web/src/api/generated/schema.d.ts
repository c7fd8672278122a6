// Stands in until openapi/sambung.json exists: then `npm run gen` replaces this file.

type Uuid = string;
type Day = string;
type Instant = string;
type Rupiah = number;
type Page<T> = { items: T[]; next: string | null };
type Problem = { status: number; code: string; detail: string };
type Can = Record<string, { allowed: boolean; reason?: string | null }>;

type Json<T> = { headers: Record<string, unknown>; content: { 'application/json': T } };
type Op<R, Q = never, P = never, B = never> = {
  parameters: { query?: Q; header?: never; path: P; cookie?: never };
  requestBody: { content: { 'application/json': B } };
  responses: { default: Json<Problem>; 200: Json<R> };
};
type List<T, Q = object> = {
  parameters: { query?: Q & { after?: string; limit?: number; q?: string } };
  responses: { default: Json<Problem>; 200: Json<Page<T>> };
};
type Read<R, Q = never> = { parameters: { query?: Q }; responses: { default: Json<Problem>; 200: Json<R> } };
type ReadId<R, K extends string = 'id'> = {
  parameters: { path: Record<K, string> };
  responses: { default: Json<Problem>; 200: Json<R> };
};
type Send<B, R> = {
  parameters: { query?: never };
  requestBody: { content: { 'application/json': B } };
  responses: { default: Json<Problem>; 200: Json<R> };
};
type SendId<B, R, K extends string = 'id'> = {
  parameters: { path: Record<K, string> };
  requestBody: { content: { 'application/json': B } };
  responses: { default: Json<Problem>; 200: Json<R> };
};
type Bare<R> = { parameters: { query?: never }; responses: { default: Json<Problem>; 200: Json<R> } };

export interface components {
  schemas: {
    Me: {
      id: Uuid;
      username: string;
      name: string;
      roles: string[];
      permissions: string[];
      branch_id: Uuid | null;
      partner_id: Uuid | null;
      own_jobs_only: boolean;
      has_totp: boolean;
      duty: string | null;
      company: string | null;
      branches: { id: Uuid; code: string; name: string; zone: string }[];
    };
    Enrolment: { secret: string; url: string };
    SessionView: {
      id: Uuid;
      created_at: Instant;
      seen_at: Instant;
      address: string | null;
      agent: string | null;
      is_this: boolean;
    };
    TechnicianView: { id: Uuid; name: string; branch_id: Uuid | null };
    Branch: { id: Uuid; code: string; name: string; zone: string };
    Plan: {
      id: Uuid;
      code: string;
      name: string;
      price: Rupiah;
      tax: 'exclusive' | 'inclusive' | 'none';
      prepaid_allowed: boolean;
      postpaid_allowed: boolean;
      rate_down_kbps: number;
      rate_up_kbps: number;
      archived: boolean;
    };
    User: { id: Uuid; username: string; name: string; roles: string[]; phone: string | null };
    Dashboard: { counts: Record<string, number>; sums: Record<string, number> };

    Lead: {
      id: Uuid;
      number: string;
      name: string;
      phone: string;
      address: string;
      lat: number | null;
      lon: number | null;
      plan_id: Uuid | null;
      plan_name: string | null;
      mode: 'prepaid' | 'postpaid';
      channel: string;
      state: 'new' | 'verified' | 'converted' | 'waitlisted' | 'rejected' | 'lost';
      note: string | null;
      reason: string | null;
      sold_by_name: string | null;
      branch_id: Uuid | null;
      customer_id: Uuid | null;
      duplicates: { kind: string; id: Uuid; name: string; reason: string }[];
      can: Can;
      created_at: Instant;
    };
    NewLead: {
      name: string;
      phone: string;
      address: string;
      lat?: number | null;
      lon?: number | null;
      plan_id?: Uuid | null;
      mode: 'prepaid' | 'postpaid';
      channel: string;
      nik?: string | null;
      note?: string | null;
    };
    Converted: {
      customer_id: Uuid;
      customer_number: string;
      subscription_id: Uuid;
      order_id: Uuid;
      work_order_id: Uuid;
      work_order_number: string;
    };
    Coverage: {
      covered: boolean;
      area: { id: Uuid; name: string } | null;
      odp: { id: Uuid; code: string; name: string; free_ports: number } | null;
      distance_m: number | null;
    };
    Area: { id: Uuid; name: string; branch_id: Uuid; polygon: GeoJSON.Polygon };
    Odp: {
      id: Uuid;
      code: string;
      name: string;
      branch_id: Uuid;
      lat: number;
      lon: number;
      ports: number;
      free_ports: number;
      reach_m: number;
    };
    CustomerPin: { id: Uuid; number: string; name: string; lat: number; lon: number; state: string };

    CustomerRow: {
      id: Uuid;
      number: string;
      name: string;
      phone: string;
      address: string;
      branch_name: string;
      state: string | null;
      subscriptions: number;
      outstanding: Rupiah;
    };
    Customer: {
      id: Uuid;
      number: string;
      name: string;
      kind: 'personal' | 'corporate';
      phone: string;
      email: string | null;
      address: string;
      lat: number | null;
      lon: number | null;
      branch_name: string;
      partner_name: string | null;
      sold_by_name: string | null;
      lang: string;
      outstanding: Rupiah;
      credit: Rupiah;
      created_at: Instant;
      subscriptions: components['schemas']['Chain'][];
      can: Can;
    };
    Chain: {
      subscription_id: Uuid;
      number: string;
      label: string | null;
      plan_name: string;
      mode: 'prepaid' | 'postpaid';
      state: string;
      holds: string[];
      price: Rupiah;
      activated_on: Day | null;
      billed_to: Day | null;
      outstanding: Rupiah;
      account: { id: Uuid; username: string; state: string; mac: string | null } | null;
      item: { id: Uuid; serial: string; mac: string | null; type_name: string } | null;
      session: {
        id: Uuid;
        nas_name: string;
        framed_ip: string | null;
        started_at: Instant;
        state: string;
      } | null;
      access: {
        desired: 'full' | 'isolated' | 'blocked';
        enforced: boolean;
        caused_at: Instant;
        enforced_at: Instant | null;
        reason: string;
      } | null;
      odp: { code: string; port: number } | null;
      work_order: { id: Uuid; number: string; state: string; kind: string } | null;
      can: Can;
    };
    TimelineEntry: {
      at: Instant;
      kind: string;
      text: string;
      by: string | null;
      path: string | null;
    };
    Why: {
      offline: boolean;
      code: string;
      sentence: string;
      say: string;
      steps: { kind: string; text: string; at: Instant | null; ok: boolean; ref: string | null }[];
      changes: string | null;
      since: Instant | null;
    };

    InvoiceRow: {
      id: Uuid;
      number: string | null;
      customer_id: Uuid;
      customer_number: string;
      customer_name: string;
      kind: 'regular' | 'supplement' | 'one_off';
      state: string;
      period_from: Day;
      period_to: Day;
      issued_on: Day | null;
      due_on: Day | null;
      total: Rupiah;
      outstanding: Rupiah;
    };
    Invoice: components['schemas']['InvoiceRow'] & {
      base: Rupiah;
      tax: Rupiah;
      paid: Rupiah;
      credited: Rupiah;
      withheld: Rupiah;
      written_off: Rupiah;
      subscription_number: string | null;
      lines: {
        text: string;
        formula: string | null;
        base: Rupiah;
        tax: Rupiah;
        total: Rupiah;
      }[];
      payments: {
        id: Uuid;
        receipt_number: string;
        channel: string;
        received_at: Instant;
        amount: Rupiah;
        allocated: Rupiah;
        state: string;
      }[];
      credit_notes: { id: Uuid; number: string; total: Rupiah; issued_on: Day; why: string }[];
      can: Can;
    };
    NewPayment: {
      customer_id: Uuid;
      channel: string;
      reference?: string | null;
      amount: Rupiah;
      invoice_id?: Uuid | null;
      note?: string | null;
    };
    Receipt: {
      payment_id: Uuid;
      receipt_number: string;
      amount: Rupiah;
      allocations: { invoice_id: Uuid; invoice_number: string; amount: Rupiah }[];
      credit: Rupiah;
      reopened: string[];
    };
    RunPreview: {
      day: Day;
      branches: { branch_id: Uuid; branch_name: string; count: number; base: Rupiah; tax: Rupiah; total: Rupiah }[];
      count: number;
      base: Rupiah;
      tax: Rupiah;
      total: Rupiah;
      hash: string;
      items: {
        subscription_id: Uuid;
        subscription_number: string;
        customer_name: string;
        period_from: Day;
        period_to: Day;
        total: Rupiah;
        formula: string;
      }[];
    };
    Run: {
      id: Uuid;
      day: Day;
      state: 'running' | 'done' | 'failed';
      expected: number;
      issued: number;
      failed: number;
      total: Rupiah;
      failures: { subscription_number: string; reason: string }[];
      started_at: Instant;
      finished_at: Instant | null;
    };

    WorkOrderRow: {
      id: Uuid;
      number: string;
      kind: 'install' | 'repair' | 'swap' | 'move' | 'dismantle';
      state: string;
      scheduled_on: Day | null;
      customer_id: Uuid;
      customer_name: string;
      customer_phone: string;
      address: string;
      technicians: { id: Uuid; name: string }[];
      review: boolean;
      visit: number;
    };
    WorkOrder: components['schemas']['WorkOrderRow'] & {
      subscription_id: Uuid;
      lat: number | null;
      lon: number | null;
      note: string | null;
      plan_name: string;
      username: string | null;
      password: string | null;
      item: { id: Uuid; serial: string; mac: string | null } | null;
      photos: { id: Uuid; kind: string }[];
      gps: { lat: number; lon: number; accuracy_m: number } | null;
      distance_m: number | null;
      failed_reason: string | null;
      online_result: string | null;
      version: string;
      can: Can;
    };
    OnlineState: {
      state: 'online' | 'rejected' | 'waiting';
      reason: string | null;
      ip: string | null;
      nas: string | null;
      since: Instant | null;
      isolated: boolean;
    };
    FieldOp: {
      op_id: Uuid;
      v: number;
      device: string;
      seq: number;
      occurred_at: Instant;
      subject: Uuid;
      based_on?: string | null;
      body: Record<string, unknown>;
    };
    FieldResult: {
      op_id: Uuid;
      result: 'applied' | 'repeated' | 'refused' | 'held';
      code?: string | null;
      detail?: string | null;
    };

    ItemRow: {
      id: Uuid;
      serial: string;
      mac: string | null;
      type_name: string;
      state: string;
      location_name: string;
      location_kind: string;
      owner: string;
    };
    ItemType: { id: Uuid; code: string; name: string; serialized: boolean };
    Location: { id: Uuid; kind: string; name: string; technician_id: Uuid | null; items: number };
    Move: {
      at: Instant;
      by: string;
      from: string | null;
      to: string;
      how: string;
      document: string | null;
      state: string;
    };
    LineVerdict: { serial: string; mac: string | null; ok: boolean; code: string | null; detail: string | null };

    SessionRow: {
      id: Uuid;
      username: string;
      customer_id: Uuid | null;
      customer_name: string | null;
      nas_name: string;
      framed_ip: string | null;
      mac: string | null;
      state: 'live' | 'suspect' | 'closed';
      isolated: boolean;
      started_at: Instant;
      updated_at: Instant;
      bytes_in: number;
      bytes_out: number;
    };
    Nas: {
      id: Uuid;
      name: string;
      address: string;
      vendor: string;
      coa_port: number;
      branch_name: string;
      live_sessions: number;
      last_seen_at: Instant | null;
      message_authenticator: 'required' | 'legacy';
    };
    Reject: {
      username: string;
      reason: string;
      detail: string;
      nas_name: string;
      mac_seen: string | null;
      count: number;
      first_at: Instant;
      last_at: Instant;
      customer_id: Uuid | null;
    };
    NotEnforced: {
      subscription_id: Uuid;
      customer_id: Uuid;
      customer_name: string;
      username: string;
      desired: string;
      why: string;
      caused_at: Instant;
      attempts: number;
      last_answer: string | null;
      next_attempt_at: Instant | null;
    };

    Message: {
      id: Uuid;
      customer_id: Uuid | null;
      customer_name: string | null;
      channel: string;
      address: string;
      template: string;
      subject: string;
      body: string;
      state: 'queued' | 'sent' | 'failed' | 'dead';
      attempts: number;
      last_error: string | null;
      created_at: Instant;
      sent_at: Instant | null;
    };
  };
}

type S = components['schemas'];

export interface paths {
  '/api/v1/session': {
    post: Send<{ username: string; password: string; code?: string }, S['Me']>;
    delete: Bare<unknown>;
  };
  '/api/v1/me': { get: Read<S['Me']> };
  '/api/v1/me/password': { put: Send<{ current: string; new: string }, unknown> };
  '/api/v1/me/sessions': { get: List<S['SessionView']> };
  '/api/v1/me/sessions/{id}': { delete: ReadId<unknown> };
  '/api/v1/me/totp': { post: Send<{ password: string }, S['Enrolment']> };
  '/api/v1/me/totp/confirm': { post: Send<{ code: string }, unknown> };
  '/api/v1/me/totp/end': { post: Send<{ password: string }, unknown> };
  '/api/v1/technicians': { get: List<S['TechnicianView']> };
  '/api/v1/branches': { get: List<S['Branch']> };
  '/api/v1/plans': { get: List<S['Plan']> };
  '/api/v1/users': { get: List<S['User'], { role?: string }> };
  '/api/v1/dashboard': { get: Read<S['Dashboard']> };
  '/api/v1/leads': {
    get: List<S['Lead'], { state?: string; channel?: string }>;
    post: Send<S['NewLead'], S['Lead']>;
  };
  '/api/v1/leads/{id}': { get: ReadId<S['Lead']> };
  '/api/v1/leads/{id}/verify': { post: SendId<object, S['Lead']> };
  '/api/v1/leads/{id}/reject': { post: SendId<{ reason: string }, S['Lead']> };
  '/api/v1/leads/{id}/waitlist': { post: SendId<{ reason?: string }, S['Lead']> };
  '/api/v1/leads/{id}/lose': { post: SendId<{ reason: string }, S['Lead']> };
  '/api/v1/leads/{id}/convert': {
    post: SendId<{ plan_id: string; mode: string; odp_id?: string | null }, S['Converted']>;
  };
  '/api/v1/coverage': { get: Read<S['Coverage'], { lat: number; lon: number }> };
  '/api/v1/areas': {
    get: List<S['Area']>;
    post: Send<{ name: string; branch_id: string; polygon: GeoJSON.Polygon }, S['Area']>;
  };
  '/api/v1/odps': { get: List<S['Odp']> };
  '/api/v1/customers/pins': { get: Read<{ items: S['CustomerPin'][] }> };
  '/api/v1/customers': { get: List<S['CustomerRow'], { state?: string }> };
  '/api/v1/customers/{id}': { get: ReadId<S['Customer']> };
  '/api/v1/customers/{id}/timeline': { get: ReadId<Page<S['TimelineEntry']>> };
  '/api/v1/why/{subscription}': { get: ReadId<S['Why'], 'subscription'> };
  '/api/v1/promises': { post: Send<{ subscription_id: string; until: string }, unknown> };
  '/api/v1/holds': {
    post: Send<{ subscription_id: string; kind: string; why: string; until?: string | null }, unknown>;
  };
  '/api/v1/subscriptions/{id}/plan-change': {
    post: SendId<{ plan_id: string; from_day: string }, unknown>;
  };
  '/api/v1/subscriptions/{id}/pause': { post: SendId<{ from: string; to: string }, unknown> };
  '/api/v1/subscriptions/{id}/terminate': { post: SendId<{ last_day: string }, unknown> };
  '/api/v1/invoices': {
    get: List<S['InvoiceRow'], { state?: string; kind?: string; customer?: string }>;
  };
  '/api/v1/invoices/{id}': { get: ReadId<S['Invoice']> };
  '/api/v1/payments': { post: Send<S['NewPayment'], S['Receipt']> };
  '/api/v1/billing-runs/preview': { post: Send<{ day: string }, S['RunPreview']> };
  '/api/v1/billing-runs': {
    get: List<S['Run']>;
    post: Send<{ day: string; hash: string }, S['Run']>;
  };
  '/api/v1/billing-runs/{id}': { get: ReadId<S['Run']> };
  '/api/v1/work-orders': { get: List<S['WorkOrderRow'], { state?: string; kind?: string }> };
  '/api/v1/work-orders/{id}': { get: ReadId<S['WorkOrder']> };
  '/api/v1/work-orders/{id}/assign': {
    post: SendId<{ technicians: string[]; scheduled_on: string }, S['WorkOrder']>;
  };
  '/api/v1/work-orders/{id}/cancel': { post: SendId<{ reason: string }, S['WorkOrder']> };
  '/api/v1/work-orders/{id}/online': { get: ReadId<S['OnlineState']> };
  '/api/v1/jobs': { get: List<S['WorkOrder']> };
  '/api/v1/field/ops': { post: Send<{ ops: S['FieldOp'][] }, { results: S['FieldResult'][] }> };
  '/api/v1/items': { get: List<S['ItemRow'], { state?: string; location?: string }> };
  '/api/v1/items/receive': {
    post: Send<
      {
        warehouse_id: string;
        type_id: string;
        document?: string;
        lines: { serial: string; mac?: string | null }[];
      },
      { lines: S['LineVerdict'][] }
    >;
  };
  '/api/v1/items/{serial}': { get: ReadId<S['ItemRow'], 'serial'> };
  '/api/v1/items/{serial}/history': { get: ReadId<Page<S['Move']>, 'serial'> };
  '/api/v1/item-types': { get: List<S['ItemType']> };
  '/api/v1/locations': { get: List<S['Location'], { kind?: string }> };
  '/api/v1/moves': {
    post: Send<
      { serials: string[]; to_location_id: string; how: string; document?: string },
      { lines: S['LineVerdict'][] }
    >;
  };
  '/api/v1/sessions': { get: List<S['SessionRow'], { state?: string; nas?: string }> };
  '/api/v1/sessions/{id}/kick': { post: SendId<object, unknown> };
  '/api/v1/nas': { get: List<S['Nas']> };
  '/api/v1/rejects': { get: List<S['Reject']> };
  '/api/v1/access/not-enforced': { get: List<S['NotEnforced']> };
  '/api/v1/messages': { get: List<S['Message'], { state?: string; channel?: string }> };
}
