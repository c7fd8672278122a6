//! Reads a PDF back. The files are kept beside the build, so that people can look at them.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A PDF that was printed, and its name for those who want to look.
pub struct Printed {
    path: PathBuf,
}

pub fn keep(name: &str, pdf: &[u8]) -> Printed {
    assert!(pdf.starts_with(b"%PDF-"), "{name} is a PDF");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pdf"));
    std::fs::File::create(&path).unwrap().write_all(pdf).unwrap();
    Printed { path }
}

impl Printed {
    /// The text with every run of white space as one space: what wraps is found all the same.
    pub fn words(&self) -> String {
        let text = self.run("pdftotext", &[], &["-"]).replace('\u{a0}', " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub fn pages(&self) -> usize {
        self.info("Pages:").trim().parse().unwrap()
    }

    /// Width and height of the first page in whole millimetres.
    pub fn size_mm(&self) -> (i64, i64) {
        let size = self.info("Page size:");
        let points: Vec<f64> =
            size.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let mm = |points: f64| (points * 25.4 / 72.0).round() as i64;
        (mm(points[0]), mm(points[1]))
    }

    /// What a scanner reads on the first page, from left to right.
    pub fn scanned(&self) -> Vec<String> {
        let page = self.run_bytes("pdftoppm", &["-r", "200", "-gray", "-f", "1", "-l", "1"], &[]);
        let (width, height, pixels) = pgm(&page);
        let grey = |x: usize, y: usize| pixels[y * width + x];
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
        let mut grids = image.detect_grids();
        grids.sort_by_key(|grid| grid.bounds[0].x);
        grids.iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
    }

    fn info(&self, key: &str) -> String {
        let info = self.run("pdfinfo", &[], &[]);
        let line = info.lines().find(|line| line.starts_with(key)).unwrap();
        line[key.len()..].to_owned()
    }

    fn run(&self, program: &str, before: &[&str], after: &[&str]) -> String {
        String::from_utf8(self.run_bytes(program, before, after)).unwrap()
    }

    fn run_bytes(&self, program: &str, before: &[&str], after: &[&str]) -> Vec<u8> {
        let output = Command::new(program)
            .args(before)
            .arg(&self.path)
            .args(after)
            .stderr(Stdio::null())
            .output()
            .unwrap_or_else(|e| panic!("{program} of poppler-utils is needed: {e}"));
        assert!(output.status.success(), "{program} cannot read {}", self.path.display());
        output.stdout
    }
}

/// A grey image as pdftoppm writes it: `P5 <width> <height> 255` and one byte a pixel.
fn pgm(bytes: &[u8]) -> (usize, usize, &[u8]) {
    let ends: Vec<usize> = bytes
        .iter()
        .enumerate()
        .filter(|(_, b)| b.is_ascii_whitespace())
        .map(|(at, _)| at)
        .take(4)
        .collect();
    let number = |from: usize, to: usize| {
        std::str::from_utf8(&bytes[from + 1..to]).unwrap().parse::<usize>()
    };
    let (width, height) = (number(ends[0], ends[1]).unwrap(), number(ends[1], ends[2]).unwrap());
    (width, height, &bytes[ends[3] + 1..])
}

/// Each part stands in the text.
pub fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "the paper lacks {part:?}:\n{text}");
    }
}
