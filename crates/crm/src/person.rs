//! What people type about a person or firm, checked all at once.

use kernel::{Fault, Field, Phone, Result};

use crate::nik::Nik;

/// As typed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed<'a> {
    pub name: &'a str,
    pub phone: &'a str,
    pub email: Option<&'a str>,
    pub nik: Option<&'a str>,
    pub npwp: Option<&'a str>,
    pub address: Option<&'a str>,
}

/// As stored.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub name: String,
    pub phone: Phone,
    pub email: Option<String>,
    pub nik: Option<Nik>,
    pub npwp: Option<String>,
    pub address: String,
}

/// Checks every field; blanks are "not given".
///
/// # Errors
/// One field error for each field that is wrong, named as in the request.
pub(crate) fn check(typed: Typed<'_>) -> Result<Person> {
    let mut fields = Vec::new();
    let name = squeeze(typed.name);
    if name.is_empty() {
        fields.push(Field::required("name"));
    } else if name.chars().count() > 120 {
        fields.push(too_long("name", 120));
    }
    let phone = Phone::parse(typed.phone);
    if typed.phone.trim().is_empty() {
        fields.push(Field::required("phone"));
    } else if phone.is_none() {
        fields.push(Field::new(
            "phone",
            "not_a_phone",
            "bukan nomor telepon; contoh 0812 3456 7890",
            "is not a phone number; for example 0812 3456 7890",
        ));
    }
    let email = given(typed.email).map(str::to_lowercase);
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        let (id, en) = ("bukan alamat e-mail", "is not an e-mail address");
        fields.push(Field::new("email", "not_an_email", id, en));
    }
    let nik = given(typed.nik).map(Nik::parse);
    if nik == Some(None) {
        fields.push(Field::new("nik", "not_a_nik", "harus 16 angka", "must be 16 digits"));
    }
    let npwp = given(typed.npwp).map(npwp_digits);
    if npwp == Some(None) {
        fields.push(Field::new(
            "npwp",
            "not_an_npwp",
            "harus 15 atau 16 angka",
            "must be 15 or 16 digits",
        ));
    }
    let address = squeeze(typed.address.unwrap_or_default());
    if address.chars().count() > 500 {
        fields.push(too_long("address", 500));
    }
    match phone {
        Some(phone) if fields.is_empty() => {
            Ok(Person { name, phone, email, nik: nik.flatten(), npwp: npwp.flatten(), address })
        }
        _ => Err(Fault::fields(fields)),
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// One space between words, none around.
pub(crate) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn too_long(name: &str, max: usize) -> Field {
    Field::new(
        name,
        "too_long",
        format!("paling banyak {max} huruf"),
        format!("must be at most {max} characters"),
    )
}

/// An e-mail address as typed, in small letters; empty is none.
pub(crate) fn email(text: Option<&str>) -> Result<Option<String>> {
    let email = given(text).map(str::to_lowercase);
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        let (id, en) = ("bukan alamat e-mail", "is not an e-mail address");
        return Err(kernel::Fault::field("email", "not_an_email", id, en));
    }
    Ok(email)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-'".contains(c);
    text.len() <= 254
        && !local.is_empty()
        && local.chars().all(plain)
        && domain.contains('.')
        && domain.split('.').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

fn npwp_digits(text: &str) -> Option<String> {
    if !text.chars().all(|c| c.is_ascii_digit() || " .-".contains(c)) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    matches!(digits.len(), 15 | 16).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Typed<'static> =
        Typed { name: "", phone: "", email: None, nik: None, npwp: None, address: None };

    #[test]
    fn a_person_is_stored_as_one_spelling() {
        let person = check(Typed {
            name: "  Budi   Santoso ",
            phone: "0812-3456-7890",
            email: Some("Budi@Example.CO.ID"),
            nik: Some(" "),
            npwp: Some("01.234.567.8-901.000"),
            address: Some("Jl. Melati  5"),
        })
        .unwrap();
        assert_eq!(person.name, "Budi Santoso");
        assert_eq!(person.phone.as_str(), "6281234567890");
        assert_eq!(person.email.as_deref(), Some("budi@example.co.id"));
        assert_eq!(person.nik, None);
        assert_eq!(person.npwp.as_deref(), Some("012345678901000"));
        assert_eq!(person.address, "Jl. Melati 5");
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let fault = check(Typed {
            name: " ",
            phone: "telepon",
            email: Some("a@b"),
            nik: Some("12"),
            npwp: Some("x"),
            address: Some(&"a".repeat(501)),
        })
        .unwrap_err();
        let found: Vec<_> = fault.fields.iter().map(|f| (f.name.as_str(), f.code)).collect();
        assert_eq!(
            found,
            [
                ("name", "required"),
                ("phone", "not_a_phone"),
                ("email", "not_an_email"),
                ("nik", "not_a_nik"),
                ("npwp", "not_an_npwp"),
                ("address", "too_long"),
            ]
        );
        let names: Vec<_> =
            check(EMPTY).unwrap_err().fields.into_iter().map(|f| (f.name, f.code)).collect();
        assert_eq!(names, [("name".into(), "required"), ("phone".into(), "required")]);
    }

    #[test]
    fn usual_mail_addresses_pass_and_odd_ones_do_not() {
        for text in ["a.b+c@x.co.id", "x_1@mail.example.com"] {
            assert!(is_email(text), "{text}");
        }
        for text in ["a", "@x.id", "a@", "a@x", "a@x..id", "a b@x.id", "a@x.id\nbcc: y"] {
            assert!(!is_email(text), "{text}");
        }
    }
}
