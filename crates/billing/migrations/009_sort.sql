-- What lists are sorted by: a page goes on behind (value, id).
create index billing_invoice_by_due on billing_invoice (due_on, id);
create index billing_invoice_by_issue on billing_invoice (issued_on, id);
create index billing_invoice_by_total on billing_invoice (total, id);
create index billing_invoice_by_owed on billing_invoice
  ((total - paid - credited - withheld - written_off), id);
create index billing_payment_by_time on billing_payment (received_at, id);
create index billing_payment_by_amount on billing_payment (amount, id);
create index billing_subscription_by_start on billing_subscription (activated_on, id);
create index billing_subscription_by_end on billing_subscription (terminated_on, id);
-- Who was isolated at an instant: those whose isolation had not ended.
create index billing_isolation_by_end on billing_isolation (to_at);
