-- The optical power that the technician read at the device, in hundredths of a dBm, and when by the phone.
alter table fulfilment_work_order add column signal_cdbm bigint;
alter table fulfilment_work_order add column signal_at {TS};
-- Whose signature a picture is, as it was typed.
alter table fulfilment_photo add column signer text;
