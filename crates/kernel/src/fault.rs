//! What went wrong, for three readers: the code that called, the person, the operator.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Decides the HTTP status and who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The request itself is wrong (422); `fields` says where.
    Invalid,
    /// Nobody is logged in (401).
    Unauthenticated,
    /// Logged in, but not allowed (403).
    Forbidden,
    /// There is no such record, or it is out of the actor's scope (404).
    NotFound,
    /// The record's state does not allow it (409).
    Conflict,
    /// Too many tries (429).
    TooMany,
    /// Try later (503): the database or an engine is away.
    Unavailable,
    /// Our own mistake (500). Details go to the log only.
    Bug,
}

/// One field of the request that is wrong, named as in the request's JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub code: &'static str,
    pub id: String,
    pub en: String,
}

impl Field {
    pub fn new(
        name: impl Into<String>,
        code: &'static str,
        id: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), code, id: id.into(), en: en.into() }
    }
    /// The field is missing or empty.
    pub fn required(name: impl Into<String>) -> Self {
        Self::new(name, "required", "wajib diisi", "is required")
    }
}

/// A refusal or failure: stable code, a sentence in both languages, the fields at fault.
///
/// `code` is `room.what` (`billing.invoice_not_open`) and never changes once published.
/// The sentences say what happened, what is safe and what to do; they never hold secrets.
#[derive(Clone)]
pub struct Fault {
    pub kind: FaultKind,
    pub code: &'static str,
    pub id: String,
    pub en: String,
    pub fields: Vec<Field>,
    /// For the log only.
    pub source: Option<Arc<dyn Error + Send + Sync>>,
}

impl Fault {
    pub fn new(
        kind: FaultKind,
        code: &'static str,
        id: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { kind, code, id: id.into(), en: en.into(), fields: Vec::new(), source: None }
    }
    pub fn invalid(code: &'static str, id: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(FaultKind::Invalid, code, id, en)
    }
    pub fn conflict(code: &'static str, id: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(FaultKind::Conflict, code, id, en)
    }
    pub fn not_found(code: &'static str, id: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(FaultKind::NotFound, code, id, en)
    }
    pub fn forbidden(code: &'static str, id: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(FaultKind::Forbidden, code, id, en)
    }
    pub fn unavailable(code: &'static str, id: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(FaultKind::Unavailable, code, id, en)
    }
    /// Our own mistake: `what` is logged, the client sees a general sentence.
    pub fn bug(what: impl Into<String>) -> Self {
        let mut fault = Self::new(
            FaultKind::Bug,
            "bug",
            "Terjadi kesalahan di sistem. Data Anda aman; coba lagi atau hubungi admin.",
            "Something went wrong on our side. Your data is safe; try again or call the admin.",
        );
        fault.source = Some(Arc::new(Text(what.into())));
        fault
    }
    /// A request whose fields are wrong, all named at once.
    pub fn fields(fields: Vec<Field>) -> Self {
        let mut fault = Self::invalid(
            "invalid_fields",
            "Ada isian yang belum benar.",
            "Some fields need correcting.",
        );
        fault.fields = fields;
        fault
    }
    /// One wrong field.
    pub fn field(
        name: &str,
        code: &'static str,
        id: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::fields(vec![Field::new(name, code, id, en)])
    }
    pub fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }
}

/// A state that does not allow a change: names the state and what is allowed.
pub fn wrong_state(code: &'static str, thing: (&str, &str), state: &str, allowed: &str) -> Fault {
    let (id, en) = thing;
    Fault::conflict(
        code,
        format!("{id} berstatus \"{state}\"; yang boleh: {allowed}."),
        format!("The {en} is \"{state}\"; allowed: {allowed}."),
    )
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.en)?;
        for field in &self.fields {
            write!(f, "; {} {}", field.name, field.en)?;
        }
        Ok(())
    }
}
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = self.source.as_deref().map(|e| e as &dyn Error);
        while let Some(error) = cause {
            write!(f, " <- {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
impl Error for Fault {}

#[derive(Debug)]
struct Text(String);
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Error for Text {}
