//! The printing press: one template and its values in, one PDF out.
//!
//! Values reach a template as the virtual file `data.json` and are shown as strings; nothing a
//! person typed is ever read as markup.

use std::collections::HashMap;
use std::sync::LazyLock;

use kernel::{Fault, Result};
use typst::comemo;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

/// A template of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    Invoice,
    Receipt,
    Label,
    WorkOrder,
    Voucher,
    Cash,
    Purchase,
}

impl Template {
    const fn path(self) -> &'static str {
        match self {
            Self::Invoice => "invoice.typ",
            Self::Receipt => "receipt.typ",
            Self::Label => "label.typ",
            Self::WorkOrder => "work_order.typ",
            Self::Voucher => "voucher.typ",
            Self::Cash => "cash.typ",
            Self::Purchase => "purchase.typ",
        }
    }
}

const TEMPLATES: [(&str, &str); 9] = [
    ("base.typ", include_str!("../templates/base.typ")),
    ("words.typ", include_str!("../templates/words.typ")),
    ("invoice.typ", include_str!("../templates/invoice.typ")),
    ("receipt.typ", include_str!("../templates/receipt.typ")),
    ("label.typ", include_str!("../templates/label.typ")),
    ("work_order.typ", include_str!("../templates/work_order.typ")),
    ("voucher.typ", include_str!("../templates/voucher.typ")),
    ("cash.typ", include_str!("../templates/cash.typ")),
    ("purchase.typ", include_str!("../templates/purchase.typ")),
];

/// Text in every paper; one variable file holds all weights and widths.
const SANS: &[u8] = include_bytes!("../fonts/IBMPlexSans.ttf");
/// Codes, serials and whatever the text face lacks.
const MONO_FAMILY: &str = "DejaVu Sans Mono";

/// What every paper needs and none changes: parsed once a process.
struct Plant {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    sources: HashMap<&'static str, Source>,
}

static PLANT: LazyLock<Plant> = LazyLock::new(|| {
    let mono = typst_assets::fonts()
        .flat_map(|face| Font::iter(Bytes::new(face)))
        .filter(|font| font.info().family.as_str() == MONO_FAMILY);
    let fonts: Vec<Font> = Font::iter(Bytes::new(SANS)).chain(mono).collect();
    let sources = TEMPLATES
        .iter()
        .filter_map(|(path, text)| Some((*path, Source::new(file_id(path)?, (*text).to_owned()))))
        .collect();
    Plant {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        sources,
    }
});

fn file_id(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// A template with the values of one paper.
struct Job {
    main: FileId,
    data: Bytes,
    logo: Option<Bytes>,
    signature: Option<Bytes>,
}

impl World for Job {
    fn library(&self) -> &LazyHash<Library> {
        &PLANT.library
    }
    fn book(&self) -> &LazyHash<FontBook> {
        &PLANT.book
    }
    fn main(&self) -> FileId {
        self.main
    }
    fn source(&self, id: FileId) -> FileResult<Source> {
        PLANT.sources.get(id.vpath().get_without_slash()).cloned().ok_or_else(|| absent(id))
    }
    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match id.vpath().get_without_slash() {
            "data.json" => Ok(self.data.clone()),
            "logo" => self.logo.clone().ok_or_else(|| absent(id)),
            "signature" => self.signature.clone().ok_or_else(|| absent(id)),
            _ => Err(absent(id)),
        }
    }
    fn font(&self, index: usize) -> Option<Font> {
        PLANT.fonts.get(index).cloned()
    }
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn absent(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}

/// How many further papers a memoized layout result survives without being used.
const KEEP_LAYOUTS_FOR: usize = 8;

/// Sets `template` with `data` and returns the PDF. The same input gives the same bytes.
///
/// # Errors
/// `documents.logo` when the logo is not a readable image; a bug when a template is broken.
pub(crate) fn print(
    template: Template,
    data: &serde_json::Value,
    logo: Option<&[u8]>,
) -> Result<Vec<u8>> {
    print_signed(template, data, logo, None)
}

/// As [`print`], with a signature that was drawn by hand: the caller has looked that it is a picture.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_signed(
    template: Template,
    data: &serde_json::Value,
    logo: Option<&[u8]>,
    signature: Option<&[u8]>,
) -> Result<Vec<u8>> {
    let main = file_id(template.path()).ok_or_else(|| Fault::bug("a template's path is wrong"))?;
    let data = serde_json::to_vec(data)
        .map_err(|e| Fault::bug("a paper's values are not JSON").because(e))?;
    let logo = logo.map(|bytes| Bytes::new(bytes.to_vec()));
    let has_logo = logo.is_some();
    let signature = signature.map(|bytes| Bytes::new(bytes.to_vec()));
    let job = Job { main, data: Bytes::new(data), logo, signature };
    let pdf = typst::compile::<PagedDocument>(&job)
        .output
        .and_then(|paper| typst_pdf::pdf(&paper, &PdfOptions::default()));
    comemo::evict(KEEP_LAYOUTS_FOR);
    pdf.map_err(|faults| refusal(template, &faults, has_logo))
}

fn refusal(template: Template, faults: &[SourceDiagnostic], has_logo: bool) -> Fault {
    let what: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
    let what = what.join("; ");
    if has_logo && what.contains("image") {
        return Fault::invalid(
            "documents.logo",
            "Berkas logo tidak terbaca sebagai gambar PNG, JPEG, WebP atau SVG.",
            "The logo file cannot be read as a PNG, JPEG, WebP or SVG image.",
        );
    }
    Fault::bug(format!("template {} does not set: {what}", template.path()))
}
