//! Lists as files: exactly the rows that a filter finds, with the columns that the screen shows.
//!
//! A list's file is read page by page through the list itself, so that permission, row scope and order are
//! the list's own. Who took which rows along stands in the journal; what was searched for, which may be a
//! person's name, does not.

mod words;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use documents::csv_write::csv_write;
use documents::table::Cell;
use documents::xlsx_write::xlsx_write;
use kernel::{Actor, Day, Fault, Lang, Permission, Result as Fallible, Ts, Zone};
use serde::Deserialize;
use serde_json::json;
use store::Tx;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use utoipa::IntoParams;
use uuid::Uuid;

use super::app::App;
use super::context;
use super::extract::{Listing, Search};
use super::problem::Problem;

/// Rows that one file holds at most.
const ROWS_MAX: usize = 100_000;
/// Rows that are read at a time.
pub(crate) const PAGE: i64 = 1_000;

store::words! {
    /// What a file is written as.
    pub(crate) enum FileFormat {
        /// Raw amounts, ISO dates and instants in UTC: for other programs.
        Csv = "csv",
        /// Amounts and days as spreadsheets know them, instants in the branch's time.
        Xlsx = "xlsx",
    }
}

/// The query that a file adds to its list's.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileQuery {
    /// `csv` (when not given) or `xlsx`.
    #[param(value_type = Option<String>)]
    format: Option<FileFormat>,
    /// `id` or `en`: the language of the headings; the request's own when not given.
    #[param(value_type = Option<String>)]
    lang: Option<Lang>,
}

/// How a file is asked for, and by which filter.
pub(crate) struct File {
    format: FileFormat,
    lang: Lang,
    filter: BTreeMap<String, String>,
}

/// What is typed freely: it may be anybody's name or phone.
const FREE_TEXT: &str = "q";
const NO_FILTER: [&str; 4] = ["format", "lang", "after", "limit"];

impl FromRequestParts<App> for File {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Search(query) = Search::<FileQuery>::from_request_parts(parts, app).await?;
        let filter = Query::<BTreeMap<String, String>>::try_from_uri(&parts.uri);
        let mut filter = filter.map(|Query(filter)| filter).unwrap_or_default();
        filter.retain(|name, _| !NO_FILTER.contains(&name.as_str()));
        if let Some(text) = filter.get_mut(FREE_TEXT) {
            *text = "…".to_owned();
        }
        Ok(Self {
            format: query.format.unwrap_or(FileFormat::Csv),
            lang: query.lang.unwrap_or_else(context::lang),
            filter,
        })
    }
}

/// In which language and zone a row is written.
#[derive(Clone, Copy)]
pub(crate) struct Writing {
    lang: Lang,
    zone: Zone,
}

impl Writing {
    pub(crate) fn at(self, at: impl Into<Option<Ts>>) -> Cell {
        at.into().map_or(Cell::Empty, |at| Cell::At(at, self.zone))
    }
    pub(crate) fn day(self, day: impl Into<Option<Day>>) -> Cell {
        day.into().into()
    }
    /// The word of a chip, as the screen says it; one that is not known stands as it is.
    pub(crate) fn word(self, kind: &str, word: impl AsRef<str>) -> Cell {
        words::said(kind, word.as_ref(), self.lang).to_owned().into()
    }
}

/// A column of a list's file.
pub(crate) struct Col<V: 'static> {
    head: (&'static str, &'static str),
    of: fn(&V, Writing) -> Cell,
    needs: Option<Permission>,
}

/// A column with its heading in both languages.
pub(crate) const fn col<V>(
    id: &'static str,
    en: &'static str,
    of: fn(&V, Writing) -> Cell,
) -> Col<V> {
    Col { head: (id, en), of, needs: None }
}

impl<V> Col<V> {
    /// Left out for those who may not see it on the screen either.
    pub(crate) const fn needs(mut self, permission: Permission) -> Self {
        self.needs = Some(permission);
        self
    }
}

/// A list's file.
pub(crate) struct Sheet<V: 'static> {
    /// What the journal calls it.
    pub(crate) list: &'static str,
    /// The file's name in both languages.
    pub(crate) name: (&'static str, &'static str),
    pub(crate) columns: &'static [Col<V>],
}

/// A list that is being written as a file: its pages are put in one after the other.
pub(crate) struct Writer<'a, V: 'static> {
    app: &'a App,
    actor: &'a Actor,
    sheet: &'a Sheet<V>,
    file: File,
    columns: Vec<&'static Col<V>>,
    writing: Writing,
    pages: mpsc::Sender<Vec<Vec<Cell>>>,
    writer: JoinHandle<Fallible<Vec<u8>>>,
    rows: usize,
}

/// Begins a list's file. It is written beside the requests while the next page is read: memory holds the
/// file and a few pages.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn begin<'a, V>(
    app: &'a App,
    actor: &'a Actor,
    sheet: &'a Sheet<V>,
    file: File,
) -> Fallible<Writer<'a, V>> {
    let zone = zone_of(app, actor).await?;
    let writing = Writing { lang: file.lang, zone };
    let columns: Vec<&'static Col<V>> =
        sheet.columns.iter().filter(|c| c.needs.is_none_or(|needed| actor.may(needed))).collect();
    let header: Vec<&'static str> = columns.iter().map(|c| said(c.head, file.lang)).collect();
    let (pages, mut written) = mpsc::channel::<Vec<Vec<Cell>>>(2);
    let (format, name) = (file.format, said(sheet.name, file.lang));
    let writer = tokio::task::spawn_blocking(move || {
        let rows = std::iter::from_fn(move || written.blocking_recv()).flatten();
        match format {
            FileFormat::Csv => csv_write(&header, rows),
            FileFormat::Xlsx => xlsx_write(name, &header, rows),
        }
    });
    Ok(Writer { app, actor, sheet, file, columns, writing, pages, writer, rows: 0 })
}

impl<V> Writer<'_, V> {
    /// Writes a page; answers after which place the next one begins, if there is one.
    ///
    /// # Errors
    /// `export.too_many_rows` when the filter finds more than a file holds.
    pub(crate) async fn put(&mut self, page: Listing<V>) -> Fallible<Option<String>> {
        self.rows += page.items.len();
        if self.rows > ROWS_MAX {
            return Err(too_many_rows());
        }
        let cells = |row: &V| self.columns.iter().map(|c| (c.of)(row, self.writing)).collect();
        let rows = page.items.iter().map(cells).collect();
        // A writer that gave up says why at the end.
        let gave_up = self.pages.send(rows).await.is_err();
        Ok(page.next.filter(|_| !gave_up))
    }

    /// The file, once the journal has it.
    ///
    /// # Errors
    /// `documents.no_room`; or the database fails.
    pub(crate) async fn finish(self) -> Result<Response, Problem> {
        let Self { app, actor, sheet, file, writing, pages, writer, rows, .. } = self;
        drop(pages);
        let bytes = writer.await.map_err(|e| Fault::bug(format!("writing a file fell: {e}")))??;
        note(app, actor, sheet.list, &file, rows).await?;
        let (name, today) = (said(sheet.name, file.lang), app.now().day(writing.zone));
        Ok(answer(&format!("{name}-{today}"), file.format, bytes))
    }
}

fn said((id, en): (&'static str, &'static str), lang: Lang) -> &'static str {
    if lang == Lang::Id { id } else { en }
}

/// The time of one's own branch; of the west for who sees them all.
async fn zone_of(app: &App, actor: &Actor) -> Fallible<Zone> {
    let catalog = catalog::current(&mut app.reader()).await?;
    Ok(actor.scope.branch.map_or(Zone::Jakarta, |branch| catalog.zone(branch)))
}

/// Who took how much of which list along.
async fn note(
    app: &App,
    actor: &Actor,
    list: &'static str,
    file: &File,
    rows: usize,
) -> Result<(), Problem> {
    let who = actor.user().map_or(Uuid::nil(), |user| user.uuid());
    let after = json!({ "format": file.format, "rows": rows, "filter": file.filter });
    app.change(actor, async move |tx: &mut Tx| {
        tx.journal("export", who, list, json!(null), after.clone()).await
    })
    .await
}

fn too_many_rows() -> Fault {
    Fault::invalid(
        "export.too_many_rows",
        "Lebih dari 100.000 baris. Persempit saringannya, misalnya per bulan atau per status.",
        "More than 100,000 rows. Narrow the filter, for example to a month or a state.",
    )
}

fn answer(name: &str, format: FileFormat, bytes: Vec<u8>) -> Response {
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    let kind = match format {
        FileFormat::Csv => "text/csv; charset=utf-8",
        FileFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let file = format!("attachment; filename=\"{name}.{format}\"");
    if let Ok(value) = HeaderValue::from_str(&file) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
