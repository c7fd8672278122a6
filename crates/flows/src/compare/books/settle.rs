//! What a person decided about a finding, and what follows from it.

use bridge::accounting::{AccountingSystem, CustomerSeen, InvoiceSeen, Seen, Shelf};
use bridge::{Finding, FindingId, Link, Settle, Subject, Verdict, finding, link, mark};
use kernel::{Cause, CustomerId, Fault, InvoiceId, PaymentId, Permission, Result, Scope, UserId};
use store::{Db, Tx};
use uuid::Uuid;

use crate::adopt::books::{self as adopt, Became, Party, Why};
use crate::mirror::books::{ENGINE, OURS, THEIRS};

/// What a decision does, in words for the person who takes it; `None`: it does not exist for this finding.
pub fn words(found: &Finding, choice: Settle) -> Option<(&'static str, &'static str)> {
    use Settle::{Adopt, Dismiss, Heal};
    use Subject::{
        Commission, CreditNote, Customer, Employee, Invoice, Lead, Order, Payment, Plan, Ticket,
    };
    let field = found.field.as_deref();
    Some(match (found.subject, found.verdict, choice) {
        (Customer | Plan | Employee, Verdict::MaybeDouble, Adopt) => (
            "Sama: keduanya disambungkan, tidak ada yang dibuat.",
            "The same: the two are linked, nothing is made.",
        ),
        (Customer | Plan | Employee, Verdict::MaybeDouble, Heal | Dismiss) => {
            ("Berbeda: punya kita dibuat di sana.", "Not the same: ours is made there.")
        }
        (Payment, Verdict::MaybeDouble, Adopt) => {
            ("Uang yang lain: keduanya dihitung.", "Other money: both are counted.")
        }
        (Payment, Verdict::MaybeDouble, Heal) => (
            "Uang yang sama: yang dicatat di sana dibatalkan di sana.",
            "The same money: the entry made there is cancelled there.",
        ),
        (Payment, Verdict::MaybeDouble, Dismiss) => (
            "Uang yang sama: tidak dihitung lagi; di sana dibiarkan.",
            "The same money: not counted again; left as it is there.",
        ),
        (Payment, Verdict::Duplicate, Heal) => {
            ("Yang kedua dibatalkan di sana.", "The second one is cancelled there.")
        }
        (Payment, Verdict::Duplicate | Verdict::MissingHere, Adopt) => (
            "Dihitung di sini sebagai pembayaran tersendiri.",
            "Counted here as a payment of its own.",
        ),
        (Invoice, Verdict::MissingHere | Verdict::TwoBillers, Adopt) => (
            "Dihitung di sini seperti tagihan kita sendiri.",
            "Counts here like an invoice of our own.",
        ),
        (CreditNote, Verdict::MissingHere, Adopt) => {
            ("Nota kredit yang sama diterbitkan di sini.", "The same credit note is issued here.")
        }
        (Lead | Order | Ticket, Verdict::MissingHere, Adopt) => (
            "Dicoba lagi; gagal bila sebabnya masih ada.",
            "Tried again; fails while its reason stands.",
        ),
        (Invoice, Verdict::Differs, Adopt) if field == Some("state") => (
            "Dibatalkan di sini juga, dengan nota kredit.",
            "Taken back here too, by a credit note.",
        ),
        (Payment, Verdict::Differs, Adopt) if field == Some("state") => {
            ("Dibatalkan di sini juga.", "Reversed here too.")
        }
        (Invoice | Payment, Verdict::Differs, Heal) if field == Some("state") => (
            "Punya kita dicatat di sana sekali lagi, atau dibatalkan di sana bila di sini sudah batal.",
            "Ours is written there once more, or cancelled there when it is reversed here.",
        ),
        (Customer, Verdict::Differs | Verdict::Conflict, Adopt) if field == Some("disabled") => (
            "Pelanggan diarsipkan di sini; hanya bila tidak ada langganan berjalan dan tagihan terbuka.",
            "The customer is archived here; only without a running subscription or open invoice.",
        ),
        (Customer, Verdict::Differs | Verdict::Conflict, Adopt) => {
            ("Isi di sana menjadi isi di sini.", "Theirs becomes ours.")
        }
        (Customer, Verdict::Differs | Verdict::Conflict, Heal) => {
            ("Punya kita ditulis lagi di sana.", "Ours is written there again.")
        }
        (Customer | Invoice | Payment | Order | Plan, Verdict::MissingThere, Heal) => {
            ("Dibuat lagi di sana, dengan nomor kita.", "Made there again, under our id.")
        }
        (Employee, Verdict::MissingThere, Heal) => (
            "Dicari lagi di sana, dan dibuat bila datanya sudah lengkap.",
            "Looked for there again, and made when what that needs is known.",
        ),
        (Employee, Verdict::Differs, Adopt) if found.ours.as_deref() == Some("active") => (
            "Loginnya di sini dinonaktifkan; hanya pemilik yang boleh.",
            "Their login here is disabled; only the owner may.",
        ),
        (Employee, Verdict::Differs, Heal) => (
            "Statusnya di sini ditulis lagi di sana.",
            "Their standing here is written there again.",
        ),
        (Commission, Verdict::MissingThere, Heal) => {
            ("Dibuat lagi di sana, dengan nomor kita.", "Made there again, under our id.")
        }
        (Commission, Verdict::Differs, Heal) if field == Some("state") => {
            ("Dicatat di sana sekali lagi.", "Written there once more.")
        }
        (_, _, Dismiss) => (
            "Dibiarkan; muncul lagi bila salah satu sisi berubah.",
            "Left as it is; it comes back when either side changes.",
        ),
        _ => return None,
    })
}

/// What somebody needs beside the right to settle it.
pub fn needs(found: &Finding, choice: Settle) -> Option<Permission> {
    let locks_a_login = found.subject == Subject::Employee
        && found.verdict == Verdict::Differs
        && choice == Settle::Adopt;
    locks_a_login.then_some(Permission::UserWrite)
}

/// What heals a finding when no button does.
pub fn hint(found: &Finding) -> Option<(&'static str, &'static str)> {
    Some(match (found.subject, found.verdict) {
        (Subject::Customer, Verdict::TwoBillers) => (
            "Batalkan Subscription itu di sana; temuan ini lalu pulih sendiri.",
            "Cancel that Subscription over there; this finding then heals by itself.",
        ),
        (Subject::Invoice, Verdict::TwoBillers) => (
            "Batalkan tagihan itu di sana, atau ambil alih; hentikan Subscription-nya.",
            "Cancel that invoice over there or take it over; end its Subscription.",
        ),
        (Subject::Invoice, Verdict::Differs) if found.field.as_deref() == Some("outstanding") => (
            "Di sini sudah dilunasi dari saldo kredit pelanggan; di sana belum. Buka Payment Reconciliation pelanggan \
             ini di ERPNext dan pasangkan pembayaran atau nota kreditnya dengan tagihan itu.",
            "Settled here by the customer's credit, not yet there. Open this customer's Payment Reconciliation in \
             ERPNext and match the payment or credit note with that invoice.",
        ),
        (Subject::Invoice | Subject::Payment, Verdict::Differs)
            if found.field.as_deref() != Some("state") =>
        {
            (
                "Dokumen terbit tidak bisa diubah. Batalkan di sana, lalu tulis ulang dari sini.",
                "A submitted document can't be changed. Cancel it over there, then write ours again.",
            )
        }
        (Subject::PurchaseOrder, Verdict::MissingHere) => (
            "Barang itu diterima di sana, tetapi tidak ada di gudang mana pun di sini. Terima di Gudang dengan nomor \
             serinya; temuan ini lalu pulih sendiri.",
            "It was received there, but is in no store here. Receive it in the warehouse by its serial number; this \
             finding then heals by itself.",
        ),
        (Subject::Employee, Verdict::MissingThere) => (
            "Isi jenis kelamin, tanggal lahir dan tanggal masuknya di halaman Karyawan, atau buat Employee itu di \
             sana dengan Attendance Device ID yang sama dengan loginnya.",
            "Fill in gender, birthday and first day on the page of people, or make the Employee over there with \
             their login as its Attendance Device ID.",
        ),
        (Subject::Commission, Verdict::Differs) if found.field.as_deref() == Some("amount") => (
            "Jumlah bulan yang sudah ditutup tidak berubah. Batalkan dokumen itu di sana, lalu tulis ulang dari sini.",
            "The sum of a closed month does not change. Cancel that document over there, then write ours again.",
        ),
        (Subject::Invoice | Subject::Payment, Verdict::Orphan) => (
            "Membawa nomor kita, tetapi di sini tidak ada. Batalkan di sana.",
            "It carries an id of ours that is not here. Cancel it over there.",
        ),
        _ => return None,
    })
}

fn cannot(found: &Finding) -> Fault {
    let (id, en) = hint(found).unwrap_or((
        "Pilihan ini tidak ada untuk temuan ini.",
        "There is no such choice for this finding.",
    ));
    Fault::conflict("bridge.cannot_adopt", id, en)
}

/// What was read of theirs before the transaction.
#[derive(Default)]
struct Read {
    seen: Option<Seen>,
    party: Party,
}

/// Carries out what a person decided. Theirs is read, or cancelled, before the transaction: none is open while the
/// engine is asked. Doing it again after a crash in between changes nothing more.
///
/// # Errors
/// `bridge.finding_settled`, `forbidden`, `bridge.cannot_adopt`; what the use-case that follows says; when the engine
/// does not answer.
pub async fn settle(
    db: &Db,
    books: &dyn AccountingSystem,
    cause: &Cause,
    id: FindingId,
    choice: Settle,
) -> Result<()> {
    let found = finding::find(&mut db.reader(), id).await?;
    cause.actor.require(finding::permission(found.subject))?;
    if found.state != bridge::FindingState::Open {
        return Err(finding::settled(found.state));
    }
    words(&found, choice).ok_or_else(|| cannot(&found))?;
    let read = before(books, &found, choice).await?;
    db.write(cause, async |tx: &mut Tx| {
        let found = finding::settle(tx, id, choice).await?;
        follow(tx, &found, choice, &read).await?;
        mark::wake(tx, ENGINE).await.map(drop)
    })
    .await
}

fn shelf(subject: Subject) -> Option<Shelf> {
    Some(match subject {
        Subject::Lead => Shelf::Leads,
        Subject::Customer => Shelf::Customers,
        Subject::Order => Shelf::Orders,
        Subject::Invoice | Subject::CreditNote => Shelf::Invoices,
        Subject::Payment => Shelf::Payments,
        Subject::Ticket => Shelf::Tickets,
        Subject::Employee => Shelf::Employees,
        _ => return None,
    })
}

async fn before(books: &dyn AccountingSystem, found: &Finding, choice: Settle) -> Result<Read> {
    let Some(name) = found.external_id.as_deref() else { return Ok(Read::default()) };
    let cancels = match (found.subject, found.verdict, choice) {
        (Subject::Payment, Verdict::MaybeDouble | Verdict::Duplicate, Settle::Heal) => true,
        // Reversed here, submitted there.
        (Subject::Payment, Verdict::Differs, Settle::Heal) => {
            found.ours.as_deref() == Some("reversed")
        }
        _ => false,
    };
    if cancels {
        books.cancel(Shelf::Payments, name).await?;
        return Ok(Read::default());
    }
    let Some(shelf) = shelf(found.subject).filter(|_| choice == Settle::Adopt) else {
        return Ok(Read::default());
    };
    let seen = books.find(shelf, name).await?;
    let party = match &seen {
        Some(seen) => adopt::party(books, seen).await?,
        None => Party::default(),
    };
    Ok(Read { seen, party })
}

async fn follow(tx: &mut Tx, found: &Finding, choice: Settle, read: &Read) -> Result<()> {
    match (found.verdict, choice) {
        (Verdict::MaybeDouble, _) if found.subject == Subject::Payment => {
            double(tx, found, choice).await
        }
        (Verdict::MaybeDouble, _) => twin(tx, found, choice, read).await,
        (_, Settle::Dismiss) => Ok(()),
        (Verdict::Duplicate, Settle::Heal) => Ok(()),
        (Verdict::MissingThere, Settle::Heal) => {
            super::tell_again(tx, found.subject, local(found)?).await
        }
        (Verdict::MissingHere | Verdict::TwoBillers | Verdict::Duplicate, Settle::Adopt) => {
            take_over(tx, found, read).await
        }
        (Verdict::Differs | Verdict::Conflict, Settle::Heal) => ours_again(tx, found).await,
        (Verdict::Differs | Verdict::Conflict, Settle::Adopt) => theirs(tx, found, read).await,
        _ => Err(cannot(found)),
    }
}

fn local(found: &Finding) -> Result<Uuid> {
    found.local_id.ok_or_else(|| cannot(found))
}

fn gone() -> Fault {
    Fault::conflict(
        "bridge.gone_there",
        "Dokumen itu sudah tidak ada di sana.",
        "That document is not there any more.",
    )
}

/// The waiting payment counts, or is the money that counted before.
async fn double(tx: &mut Tx, found: &Finding, choice: Settle) -> Result<()> {
    let id = local(found)?;
    if choice == Settle::Adopt {
        return billing::pay::settle(tx, PaymentId::from_uuid(id)).await;
    }
    let name = found.external_id.clone().unwrap_or_default();
    let known = link::get(tx, ENGINE, Subject::Payment, id).await?;
    adopt::drop_waiting(tx, id, &name).await?;
    // Left there as it is: its link to the payment that was given up says that it is known.
    match known {
        Some(link) if choice == Settle::Dismiss => link::put(tx, &link).await,
        _ => Ok(()),
    }
}

/// One of theirs is this one of ours, or it is not: then ours is told, and made there when nothing else is alike.
async fn twin(tx: &mut Tx, found: &Finding, choice: Settle, read: &Read) -> Result<()> {
    let (id, subject) = (local(found)?, found.subject);
    if choice == Settle::Adopt {
        let name = found.external_id.clone().ok_or_else(|| cannot(found))?;
        let known = link::by_external(tx, ENGINE, subject, &name).await?;
        if known.is_some_and(|l| l.local_id != id) {
            return Err(Fault::conflict(
                "bridge.twin_taken",
                "Yang di sana sudah milik catatan lain di sini.",
                "That one over there belongs to another record here already.",
            ));
        }
        if matches!(subject, Subject::Customer | Subject::Employee) && read.seen.is_none() {
            return Err(gone());
        }
        let mut print = String::new();
        if subject == Subject::Employee {
            print = print_of_employee(tx, id).await?;
        }
        if subject == Subject::Customer {
            // What differs is no change of ours: it is asked about, not written over.
            let ours = crate::mirror::books::customer_record(tx, CustomerId::from_uuid(id)).await?;
            print = crate::mirror::books::fingerprint(&bridge::accounting::Record::Customer(ours));
        }
        let synced_at = tx.now();
        let link = Link {
            engine: ENGINE,
            subject,
            local_id: id,
            external_id: name,
            external_version: None,
            fingerprint: print,
            synced_at,
        };
        link::put(tx, &link).await?;
        finding::clear(tx, ENGINE, subject, &[Verdict::MaybeDouble], (Some(id), None)).await?;
    }
    mark::mark(tx, ENGINE, subject, id).await
}

/// Theirs counts here: as when it was seen, by the word of a person.
async fn take_over(tx: &mut Tx, found: &Finding, read: &Read) -> Result<()> {
    let seen = read.seen.as_ref().ok_or_else(gone)?;
    if let Seen::Invoice(credit) = seen
        && credit.is_credit
    {
        return credit_here(tx, credit).await;
    }
    match adopt::adopt(tx, seen, &read.party, Why::Told).await? {
        Became::Adopted => Ok(()),
        Became::Nothing | Became::Asked => {
            let why = finding::find(tx, found.id).await?.detail.unwrap_or_default();
            Err(Fault::conflict(
                "bridge.not_adopted",
                format!("Belum bisa diambil alih: {why}"),
                format!("It can't be taken over yet: {why}"),
            ))
        }
    }
}

/// The credit note that they made, on our invoice: all of it, or so much of its lines as they took back.
async fn credit_here(tx: &mut Tx, theirs: &InvoiceSeen) -> Result<()> {
    let against = theirs.against.as_deref().unwrap_or("");
    let of = link::by_external(tx, ENGINE, Subject::Invoice, against).await?.ok_or_else(gone)?;
    let id = InvoiceId::from_uuid(of.local_id);
    let view = billing::invoice::view(tx, &Scope::all(), id).await?;
    let left = view.invoice.total - view.invoice.credited;
    let what = if theirs.total == left {
        billing::credit::CreditWhat::Full
    } else {
        let mut base = theirs.total - theirs.tax;
        let mut parts = Vec::new();
        for line in &view.lines {
            let part = base.min(line.base);
            if part.is_positive() {
                parts.push((line.id, part));
                base -= part;
            }
        }
        billing::credit::CreditWhat::Lines(parts)
    };
    let note = billing::credit::issue(tx, id, &what, &theirs.head.external_id).await?;
    adopt::linked(tx, Subject::CreditNote, note.uuid(), &theirs.head, THEIRS).await
}

/// Ours is written there again, whatever stands there.
async fn ours_again(tx: &mut Tx, found: &Finding) -> Result<()> {
    let (id, subject) = (local(found)?, found.subject);
    let reversed = found.ours.as_deref() == Some("reversed");
    if subject == Subject::Payment && reversed {
        return Ok(());
    }
    if let Some(known) = link::get(tx, ENGINE, subject, id).await? {
        link::put(tx, &Link { fingerprint: OURS.to_owned(), ..known }).await?;
    }
    mark::mark(tx, ENGINE, subject, id).await
}

async fn print_of_employee(tx: &mut Tx, id: Uuid) -> Result<String> {
    let ours = crate::mirror::books::employee_record(tx, UserId::from_uuid(id)).await?;
    let record = ours.map(bridge::accounting::Record::Employee);
    Ok(record.as_ref().map(crate::mirror::books::fingerprint).unwrap_or_default())
}

/// They left there: their login is locked. The day that HR entered there stands: nothing is told.
async fn leave(tx: &mut Tx, id: Uuid) -> Result<()> {
    identity::user::disable(tx, UserId::from_uuid(id)).await?;
    let print = print_of_employee(tx, id).await?;
    if let Some(known) = link::get(tx, ENGINE, Subject::Employee, id).await? {
        link::put(tx, &Link { fingerprint: print, ..known }).await?;
    }
    Ok(())
}

async fn theirs(tx: &mut Tx, found: &Finding, read: &Read) -> Result<()> {
    let id = local(found)?;
    let why = found.external_id.clone().unwrap_or_default();
    match (found.subject, found.field.as_deref(), &read.seen) {
        (_, _, None) => Err(gone()),
        (Subject::Payment, Some("state"), Some(_)) => {
            billing::pay::reverse(tx, PaymentId::from_uuid(id), &why).await
        }
        (Subject::Invoice, Some("state"), Some(_)) => {
            let full = billing::credit::CreditWhat::Full;
            billing::credit::issue(tx, InvoiceId::from_uuid(id), &full, &why).await.map(drop)
        }
        (Subject::Employee, Some("employment"), Some(Seen::Employee(seen))) if !seen.works => {
            leave(tx, id).await
        }
        (Subject::Customer, Some("disabled"), Some(Seen::Customer(seen))) if seen.disabled => {
            archive(tx, CustomerId::from_uuid(id)).await
        }
        (
            Subject::Customer,
            Some(field @ ("name" | "phone" | "email")),
            Some(Seen::Customer(seen)),
        ) => amend(tx, CustomerId::from_uuid(id), field, seen).await,
        _ => Err(cannot(found)),
    }
}

async fn amend(tx: &mut Tx, id: CustomerId, field: &str, seen: &CustomerSeen) -> Result<()> {
    let ours = crm::customer::find(tx, &Scope::all(), id).await?;
    let lang = ours.language();
    let mut form = crm::customer::Amendment {
        name: ours.name,
        kind: ours.kind,
        phone: ours.phone.to_string(),
        email: ours.email,
        nik: None,
        npwp: ours.npwp,
        address: ours.address,
        lat: ours.lat,
        lon: ours.lon,
        withholds_pph23: ours.withholds_pph23,
        withholds_wapu: ours.withholds_wapu,
        lang,
    };
    match field {
        "name" => form.name.clone_from(&seen.name),
        "phone" => form.phone = seen.phone.clone().unwrap_or_default(),
        _ => form.email.clone_from(&seen.email),
    }
    crate::customers::amend(tx, id, form).await.map(drop)
}

async fn archive(tx: &mut Tx, id: CustomerId) -> Result<()> {
    use store::{QueryExt, args};
    let in_use: i64 = tx
        .value(
            "select (select count(*) from billing_subscription where customer_id = $1
                 and state not in ('terminated', 'cancelled'))
               + (select count(*) from billing_invoice where customer_id = $1 and state = 'issued'
                 and live and total > paid + credited + withheld + written_off)",
            args![id],
        )
        .await?;
    if in_use > 0 {
        return Err(Fault::conflict(
            "bridge.customer_in_use",
            "Pelanggan ini masih punya langganan berjalan atau tagihan terbuka; selesaikan dulu di sini.",
            "This customer still has a running subscription or an open invoice; end those here first.",
        ));
    }
    crm::customer::archive(tx, id).await
}
