-- How many periods of its discount a line uses: one on the first of a period's lines, none on the others.
alter table billing_invoice_line add column periods bigint not null default 0;
update billing_invoice_line set periods = 1
  where kind = 'discount' and extra_id is not null and no = (
    select min(l.no) from billing_invoice_line l
    where l.invoice_id = billing_invoice_line.invoice_id and l.extra_id = billing_invoice_line.extra_id
      and l.from_on = billing_invoice_line.from_on);
