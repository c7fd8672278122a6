-- Items are searched by the beginning of serial and MAC, and by the end of the serial: its last four
-- characters lead to the rest.
create index inventory_item_name on inventory_item (serial {EXACT});
create index inventory_item_end on inventory_item (substr(serial, length(serial) - 3));
create index inventory_item_address on inventory_item (mac {EXACT}) where mac is not null;
