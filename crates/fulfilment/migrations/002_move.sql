-- On a move: the ODP that the customer is connected to at the new place, chosen when the order is opened.
alter table fulfilment_work_order add column odp_id {ID};
