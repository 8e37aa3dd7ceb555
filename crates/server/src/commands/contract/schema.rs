//! `askfirst contract schema`

use std::io::{self, Write as _};

use super::load;
use crate::args::contract::SchemaArguments;
use crate::failure::Failure;

pub(crate) fn run(arguments: &SchemaArguments) -> Result<(), Failure> {
    let contract = load(&arguments.file)?;
    Ok(io::stdout().lock().write_all(contract.json_schema().as_bytes())?)
}
