//! Documents: papers, labels and tables as bytes.
//!
//! **Owns** the layout of invoices, credit notes, receipts, closings of drawers, labels, work orders, purchase orders and
//! vouchers (PDF), and the reading and writing of tables (XLSX, CSV). The typesetter lives only here.
//! **Never** does IO, knows SQL, or computes what somebody owes: a paper's numbers come in, and a
//! paper that does not add up is refused. What people typed is data, never markup.
//! **Enter here:** [`invoice::invoice_pdf`], [`receipt::receipt_pdf`], [`label::label_pdf`],
//! [`work_order::work_order_pdf`], [`purchase::purchase_pdf`], [`voucher::voucher_sheet_pdf`],
//! [`xlsx_write::xlsx_write`], [`csv_write::csv_write`], [`read::read_table`].

pub mod cash;
pub mod csv_write;
mod english;
pub mod invoice;
pub mod label;
pub mod paper;
mod press;
pub mod purchase;
pub mod qr;
pub mod read;
mod read_csv;
mod read_xlsx;
pub mod receipt;
pub mod table;
pub mod voucher;
pub mod work_order;
pub mod xlsx_write;
