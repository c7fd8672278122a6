-- What lists are sorted by: a page goes on behind (value, id). What is not over is a small part of all.
create index fulfilment_work_order_by_day on fulfilment_work_order (scheduled_on, id);
create index fulfilment_work_order_by_day_live on fulfilment_work_order (scheduled_on, id)
  where state not in ('done', 'cancelled');
create index fulfilment_work_order_by_end on fulfilment_work_order (done_at, id);
create index fulfilment_ticket_by_due on fulfilment_ticket (due_at, id);
create index fulfilment_ticket_by_due_live on fulfilment_ticket (due_at, id)
  where state not in ('resolved', 'closed');
create index fulfilment_ticket_by_change on fulfilment_ticket (changed_at, id);
