//! `sambung openapi`: writes the OpenAPI document.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use kernel::{Fault, Result};

use crate::http::openapi::document;

#[derive(Args)]
pub(super) struct Openapi {
    /// Where to; `-` is standard output.
    #[arg(default_value = "openapi/sambung.json")]
    file: PathBuf,
}

impl Openapi {
    pub(super) fn run(self) -> Result<ExitCode> {
        if self.file.as_os_str() == "-" {
            print!("{}", document());
            return Ok(ExitCode::SUCCESS);
        }
        let written = match self.file.parent() {
            Some(folder) => std::fs::create_dir_all(folder),
            None => Ok(()),
        };
        written.and_then(|()| std::fs::write(&self.file, document())).map_err(|e| {
            Fault::unavailable(
                "openapi.write",
                format!("{} tidak bisa ditulis: {e}", self.file.display()),
                format!("{} can't be written: {e}", self.file.display()),
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
