create index billing_payment_reference on billing_payment (reference);
create index billing_subscription_label on billing_subscription (label) where label is not null;
