//! The words by which customers and leads are found: of number, name, phone and address, each by its
//! beginning. They are kept in the transaction that writes the row.
//!
//! Reading them is the caller's: `crm_word (word, customer_id)` and `crm_lead_word (word, lead_id)`, with
//! the words that [`asked`] makes of a text.

use std::collections::BTreeSet;

use ::store::{Db, Query, Tx};
use kernel::{Cause, Phone, Result};
use uuid::Uuid;

use crate::store::word as rows;

/// Whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Customer,
    Lead,
}

impl Subject {
    pub const ALL: [Self; 2] = [Self::Customer, Self::Lead];

    /// The table of words and its column with the id.
    pub const fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Customer => ("crm_word", "customer_id"),
            Self::Lead => ("crm_lead_word", "lead_id"),
        }
    }
}

/// What somebody is found by.
#[derive(Clone, Copy, Debug)]
pub struct Findable<'a> {
    pub id: Uuid,
    /// Empty for leads.
    pub number: &'a str,
    pub name: &'a str,
    pub phone: &'a Phone,
    pub address: &'a str,
}

/// Longer words are cut, when kept and when asked.
const CHARS_MAX: usize = 40;
/// More words of a text are not looked at.
const ASKED_MAX: usize = 8;
/// From this many digits on a text of nothing but digits and their signs is one phone number.
const PHONE_DIGITS_MIN: usize = 6;
/// What people remember of a phone number.
const PHONE_ENDS: [usize; 2] = [4, 6];

impl Findable<'_> {
    /// All its words: lower case, without signs; the number with and without its letter; the phone as
    /// `62812…`, `0812…`, `812…` and by its last four and six digits.
    pub fn words(&self) -> BTreeSet<String> {
        let mut words: BTreeSet<String> = tokens(self.name).chain(tokens(self.address)).collect();
        words.extend(tokens(self.number));
        let digits: String = self.number.chars().filter(char::is_ascii_digit).collect();
        let phone: String = self.phone.as_str().chars().filter(char::is_ascii_digit).collect();
        if let Some(local) = phone.strip_prefix("62") {
            words.extend([format!("0{local}"), local.to_owned()]);
        }
        for end in PHONE_ENDS {
            if let Some((_, last)) =
                phone.len().checked_sub(end).and_then(|at| phone.split_at_checked(at))
            {
                words.insert(last.to_owned());
            }
        }
        words.extend([digits, phone].into_iter().filter(|digits| !digits.is_empty()));
        words
    }
}

/// The words of a searched text, without those that another one begins with: each must be the beginning
/// of a word. A phone number is one word, however it was typed. Empty: nothing is asked.
pub fn asked(text: &str) -> Vec<String> {
    if text.chars().all(|c| c.is_ascii_digit() || "+ -.()".contains(c)) {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= PHONE_DIGITS_MIN {
            return vec![cut(&digits)];
        }
    }
    let all: BTreeSet<String> = tokens(text).collect();
    let longer = |word: &String| all.iter().any(|other| other != word && other.starts_with(word));
    all.iter().filter(|word| !longer(word)).take(ASKED_MAX).cloned().collect()
}

/// Lower case letters and digits between signs; an apostrophe is no sign (`Ma'ruf` is `maruf`).
fn tokens(text: &str) -> impl Iterator<Item = String> {
    let plain = text.to_lowercase().replace(['\'', '’', '`'], "");
    let words: Vec<String> =
        plain.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(cut).collect();
    words.into_iter()
}

fn cut(word: &str) -> String {
    word.chars().take(CHARS_MAX).collect()
}

/// Keeps the words of rows that were written in bulk, in this transaction.
///
/// # Errors
/// Only when the database fails.
pub async fn keep(tx: &mut Tx, subject: Subject, new: &[Findable<'_>]) -> Result<()> {
    rows::keep(tx, subject, new).await
}

/// Makes the words of all for whom that is still to do, in small transactions; answers of how many. Each
/// start of the program does this: after an upgrade for everybody, else for nobody.
///
/// # Errors
/// Only when the database fails. What was made stays made.
pub async fn fill(db: &Db, cause: &Cause) -> Result<u64> {
    let mut filled = 0;
    for subject in Subject::ALL {
        loop {
            let work = async |tx: &mut Tx| rows::fill_some(tx, subject).await;
            let some = if rows::is_to_do(&mut db.reader(), subject).await? {
                db.write(cause, work).await?
            } else {
                0
            };
            if some == 0 {
                break;
            }
            filled += some;
        }
    }
    Ok(filled)
}

/// Makes everybody's words anew; answers of how many.
///
/// # Errors
/// As [`fill`].
pub async fn rebuild(db: &Db, cause: &Cause) -> Result<u64> {
    db.write(cause, async |tx: &mut Tx| rows::all_to_do(tx).await).await?;
    fill(db, cause).await
}

/// Whose words are not what they should be, at most 20 of each kind, with a stable code.
///
/// # Errors
/// Only when the database fails.
pub async fn check(q: &mut dyn Query) -> Result<Vec<(&'static str, String)>> {
    let mut broken = Vec::new();
    for subject in Subject::ALL {
        let found = rows::wrong(q, subject, 20).await?;
        broken.extend(found.into_iter().map(|detail| ("search_words", detail)));
    }
    Ok(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_has_the_words_of_number_name_phone_and_address() {
        let phone = Phone::stored("6281234567890".into());
        let budi = Findable {
            id: Uuid::nil(),
            number: "C000131",
            name: "Nur'aini  SANTOSO",
            phone: &phone,
            address: "Jl. Melati No.5/7",
        };
        let words: Vec<String> = budi.words().into_iter().collect();
        let expected = "000131 081234567890 5 567890 6281234567890 7 7890 81234567890 c000131 jl melati no \
             nuraini santoso";
        assert_eq!(words.join(" "), expected);
        let foreign = Phone::stored("6591234567".into());
        let words = Findable { number: "", name: "", address: "", phone: &foreign, ..budi }.words();
        assert_eq!(words.into_iter().collect::<Vec<_>>().join(" "), "234567 4567 6591234567");
    }

    #[test]
    fn a_text_asks_for_its_words() {
        for (text, words) in [
            (" Budi  SANTOSO ", "budi santoso"),
            ("budi bud budi", "budi"),
            ("0812-3456-7890", "081234567890"),
            ("+62 812 3456", "628123456"),
            ("Jl. Melati 5", "5 jl melati"),
            ("5 7", "5 7"),
            ("%'", ""),
            ("", ""),
        ] {
            assert_eq!(asked(text).join(" "), words, "{text}");
        }
        assert_eq!(asked(&"a".repeat(900))[0].len(), CHARS_MAX);
        assert_eq!(asked("b c d e f g h i j k l").len(), ASKED_MAX);
    }
}
